import type { GraphNodes } from '../../domain/graph-mapping.ts';
import type { Named, Standing } from '../ports/graph-census.ts';
import { slices } from '../slices.ts';
import { knownGroup } from '../stored-group.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placesOf } from './places.ts';
import type { CypherSession } from './session.ts';
import { groupText, property } from './text.ts';
import { readTime } from './time.ts';

const namesAtOnce = 5_000;

/** Documents and entities of these names that stand, of however many groups. Where two have one name, one that is not deprecated counts. */
export async function standingNodes(
  session: CypherSession,
  mapping: CypherMapping,
  named: readonly Named[],
  signal?: AbortSignal,
): Promise<Standing[]> {
  const { documents, entities } = mapping.place;
  const nodesOf = { document: documents, entity: entities };
  const found = new Map<string, Standing>();
  for (const { graph, groups } of placesOf(mapping, [...new Set(named.map(({ group }) => group))])) {
    const known = new Map(groups.map((stored) => [knownGroup(mapping, stored), stored]));
    const own = named.filter(({ group }) => known.has(group));
    for (const kind of ['document', 'entity'] as const) {
      for (const some of slices(
        own.filter((one) => one.kind === kind),
        namesAtOnce,
      )) {
        const items = some.map(({ group, id }) => ({ grp: known.get(group) ?? '', id }));
        const rows = await session.read(graph, standingText(mapping, nodesOf[kind]), { groups, items }, signal);
        for (const row of rows) {
          const [group, id] = [knownGroup(mapping, String(row.grp)) ?? '', String(row.id)];
          const deprecatedAt = kind === 'document' ? readTime(row.deprecated, documents.deprecatedAt) : null;
          const key = JSON.stringify([group, kind, id]);
          if (found.get(key)?.deprecatedAt !== null) found.set(key, { group, kind, id, deprecatedAt });
        }
      }
    }
  }
  return [...found.values()];
}

function standingText(mapping: CypherMapping, { label, id, deprecatedAt }: GraphNodes): string {
  const groups = groupText(mapping);
  return `UNWIND $items AS item MATCH (n:${quoted(label)})
    WHERE ${groups.within('n')} AND ${groups.ofItem('n', 'item')} AND ${property('n', id)} = item.id
    RETURN item.grp AS grp, item.id AS id, ${property('n', deprecatedAt?.property)} AS deprecated`;
}
