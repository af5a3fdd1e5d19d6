import { fenced } from './fence.ts';
import { type CypherMapping, quoted } from './names.ts';
import type { Index } from './session.ts';
import { groupText, property, setEach } from './text.ts';

/**
 * Where results of a recompute are kept, in two slots. Statements take `$graph` and `$groups` (of one group); those that
 * write take the fence too.
 */
export interface ResultPlace {
  /** `id` and `community` of a page of entities that have results in the slot, in the order of ids. */
  readText(slot: number): string;
  /** Writes the results bound as `$items`. An entity that does not exist any more gets none. */
  writeText(slot: number): string;
  /** Deletes some of what is in the slot and returns how many were `emptied`. */
  emptyText(slot: number): string;
}

export function resultPlace(mapping: CypherMapping): ResultPlace {
  return isOnNodes(mapping) ? onNodes(mapping) : onProperties(mapping);
}

export function isOnNodes({ place }: CypherMapping): boolean {
  return place.results.in === 'nodes';
}

/** Of a slot on nodes. Equality on all of them finds one entity's results, the first two those of a group. */
export const resultIndexes: readonly Index[] = [
  { of: 'node', name: 'CoppiceResult', properties: ['graph', 'group', 'slot', 'entity'], unique: true },
  { of: 'node', name: 'CoppiceResult', properties: ['graph', 'group', 'slot'], unique: false },
];

/** Properties of the entities themselves. */
export function onProperties(mapping: CypherMapping): ResultPlace {
  const { entities } = mapping.place;
  const groups = groupText(mapping);
  const id = property('e', entities.id);
  const match = `MATCH (e:${quoted(entities.label)}) WHERE ${groups.within('e')}`;
  return {
    readText: (slot) => {
      const { community, centrality } = slotProperties(mapping, slot);
      return `${match} AND e.${community} IS NOT NULL AND e.${centrality} IS NOT NULL AND ($first OR ${id} > $after)
        RETURN ${id} AS id, e.${community} AS community ORDER BY id LIMIT $limit`;
    },
    writeText: (slot) => {
      const { community, centrality } = slotProperties(mapping, slot);
      return `${fenced} UNWIND $items AS item ${match} AND ${groups.ofItem('e', 'item')} AND ${id} = item.id
        SET e.${community} = item.community, e.${centrality} = item.centrality RETURN count(e) AS written`;
    },
    emptyText: (slot) => {
      const { community, centrality } = slotProperties(mapping, slot);
      return `${fenced} ${match} AND e.${community} IS NOT NULL WITH e LIMIT $limit
        ${setEach('e', [`e.${community} = null`, `e.${centrality} = null`])} RETURN count(e) AS emptied`;
    },
  };
}

/**
 * Nodes of Coppice's own, one for each entity and slot, without a relationship: a library that reads or replaces all
 * properties of its entities (`properties(n)`, `SET n = …`) neither sees nor deletes them.
 */
function onNodes(mapping: CypherMapping): ResultPlace {
  const { entities } = mapping.place;
  const groups = groupText(mapping);
  const node = (slot: number, more = '') =>
    `(r:CoppiceResult {graph: $graph, group: $groups[0], slot: ${slotNumber(slot)}${more}})`;
  return {
    readText: (slot) => `MATCH ${node(slot)} WHERE $first OR r.entity > $after
      RETURN r.entity AS id, r.community AS community ORDER BY id LIMIT $limit`,
    writeText: (slot) => `${fenced} UNWIND $items AS item
      MATCH (e:${quoted(entities.label)})
      WHERE ${groups.within('e')} AND ${groups.ofItem('e', 'item')} AND ${property('e', entities.id)} = item.id
      WITH DISTINCT item
      MERGE ${node(slot, ', entity: item.id')}
      SET r.community = item.community, r.centrality = item.centrality RETURN count(r) AS written`,
    emptyText: (slot) => `${fenced} MATCH ${node(slot)} WITH r LIMIT $limit DELETE r RETURN count(r) AS emptied`,
  };
}

/**
 * Of a mapping whose results are on nodes: drops result properties that an earlier release wrote to the entities, or that
 * a library has saved again with an object it had read before.
 */
export function dropPropertiesText(mapping: CypherMapping): string {
  const [first, second] = bothSlots(mapping);
  const names = [first.community, first.centrality, second.community, second.centrality];
  return `${fenced} MATCH (e:${quoted(mapping.place.entities.label)})
    WHERE ${groupText(mapping).within('e')} AND ${hasProperties(mapping, 'e')} WITH e LIMIT $limit
    ${setEach(
      'e',
      names.map((name) => `e.${name} = null`),
    )} RETURN count(e) AS emptied`;
}

/** Whether an entity has results as properties, in either slot. */
export function hasProperties(mapping: CypherMapping, alias: string): string {
  const whole = bothSlots(mapping).map(
    ({ community, centrality }) => `(${alias}.${community} IS NOT NULL AND ${alias}.${centrality} IS NOT NULL)`,
  );
  return `(${whole.join(' OR ')})`;
}

function bothSlots(mapping: CypherMapping) {
  return [slotProperties(mapping, 0), slotProperties(mapping, 1)] as const;
}

function slotProperties({ place }: CypherMapping, slot: number): { community: string; centrality: string } {
  const { community, centrality } = place.results;
  const at = slotNumber(slot);
  return { community: quoted(`${community}_${at}`), centrality: quoted(`${centrality}_${at}`) };
}

function slotNumber(slot: number): 0 | 1 {
  return slot === 0 ? 0 : 1;
}
