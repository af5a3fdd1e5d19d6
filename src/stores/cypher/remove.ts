import {
  type CollectRule,
  collectorOf,
  type GraphItemKind,
  isDue,
  orphanEntity,
  type Stale,
  staleEdge,
  staleVector,
} from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import type { GraphFence } from '../ports/graph-fence.ts';
import { byKind, isAsSurveyed, itemKey } from '../ports/graph-items.ts';
import { edgeOf, entityOf, factsOf, vectorOf } from './facts.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import { contentOf, fetchImages, isSame, itemParameter, type Properties } from './images.ts';
import { lockItems } from './lock.ts';
import type { CypherMapping } from './names.ts';
import { placeOf } from './places.ts';
import type { CypherSession, Dialect, Run } from './session.ts';
import { idOf } from './stale.ts';
import type { CypherValue, Row } from './value.ts';

/**
 * Removes what is still due and stands as it was read. Where the dialect can, it is locked first; and the statement that deletes
 * asks once more for what was looked at. A node is deleted plainly: one with a relationship that the rules do not know of stays,
 * and one that gets an edge in that very moment fails the call, for a later try to judge again.
 */
export async function removeItems(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  rule: CollectRule,
  images: readonly GraphImage[],
  signal?: AbortSignal,
): Promise<{ stay: string[] }> {
  const { graph, stored } = placeOf(mapping, group);
  const { dialect } = session;
  return session.write(
    graph,
    async (run) => {
      await raiseFence(run, mapping, stored, epoch);
      const stay: string[] = [];
      for (const [kind, some] of byKind(images)) {
        if (dialect.locks) await lockItems(run, mapping, stored, kind, some);
        const standing = new Map((await fetchImages(run, dialect, mapping, stored, some)).map((one) => [one.id, one]));
        const facts = await factsByKey(run, mapping, stored, kind, some);
        const due = some.filter((image) => {
          const now = standing.get(image.id);
          const rows = facts.get(itemKey(image)) ?? [];
          const [row] = rows;
          if (now === undefined || row === undefined || rows.length > 1) return false;
          if (!isSame(now, image)) return false;
          return isAsSurveyed(rule, image) ?? isStillDue(mapping, kind, row, rule);
        });
        const gone = await deleteItems(run, dialect, mapping, kind, due, facts, { stored, epoch });
        stay.push(...some.map(itemKey).filter((key) => (facts.get(key) ?? []).length > 0 && !gone.has(key)));
      }
      return { stay };
    },
    signal,
  );
}

async function factsByKey(
  run: Run,
  mapping: CypherMapping,
  stored: string,
  kind: GraphItemKind,
  images: readonly GraphImage[],
): Promise<Map<string, Row[]>> {
  const text = factsOf(mapping, kind, 'items');
  const byKey = new Map<string, Row[]>();
  if (text === null) return byKey;
  const names = text.key.map(([name]) => `item.${name} AS ${name}`);
  const rows = await run(`UNWIND $items AS item ${text.clauses} RETURN ${[...names, ...text.facts].join(', ')}`, {
    groups: [stored],
    attached: mapping.place.entities.attached,
    items: images.map((image) => itemParameter(stored, image)),
  });
  for (const row of rows) {
    const id = idOf(kind, row);
    if (id === null) continue;
    const key = itemKey({ kind, id });
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  return byKey;
}

function isStillDue(mapping: CypherMapping, kind: GraphItemKind, row: Row, rule: CollectRule): boolean {
  if (!rule.collectors.includes(collectorOf[kind])) return false;
  const stale = judge(mapping, kind, row, rule);
  return stale !== null && isDue(stale, rule);
}

/** An entity that still has an edge is not due, whatever that edge is: its edges go before it. */
function judge(mapping: CypherMapping, kind: GraphItemKind, row: Row, rule: CollectRule): Stale | null {
  if (kind === 'vector') return staleVector(vectorOf(mapping, row), rule.cutoff);
  if (kind !== 'entity') return staleEdge(edgeOf(mapping, kind, row), rule.cutoff);
  return row.degree === 0n ? orphanEntity(entityOf(mapping, row), [], rule) : null;
}

/** Keys of those that are gone now. */
async function deleteItems(
  run: Run,
  dialect: Dialect,
  mapping: CypherMapping,
  kind: GraphItemKind,
  due: readonly GraphImage[],
  facts: ReadonlyMap<string, Row[]>,
  { stored, epoch }: { stored: string; epoch: number },
): Promise<Set<string>> {
  const byText = new Map<string, { readonly [key: string]: CypherValue }[]>();
  for (const image of due) {
    const content = contentOf(image);
    const seen = facts.get(itemKey(image))?.[0] ?? {};
    const text = deleteText(dialect, mapping, kind, content.properties);
    const item = {
      ...itemParameter(stored, image),
      same: dialect.locks ? null : dialect.boundProperties(content.properties),
      seen: Object.fromEntries(compared[kind].map((name) => [name, seen[name] ?? null])),
      attached: 'attached' in content ? BigInt(content.attached.length) : 0n,
    };
    byText.set(text, [...(byText.get(text) ?? []), item]);
  }
  const gone = new Set<string>();
  for (const [text, items] of byText) {
    const { attached } = mapping.place.entities;
    const rows = await run(text, { ...fenceParameters(mapping, stored, epoch), groups: [stored], attached, items });
    for (const row of rows) gone.add(String(row.key));
  }
  return gone;
}

/**
 * The statement that deletes checks once more: where nothing is locked, everything; else the facts that no lock
 * protects, such as the number of edges of an entity.
 */
function deleteText(dialect: Dialect, mapping: CypherMapping, kind: GraphItemKind, shape: Properties): string {
  const text = factsOf(mapping, kind, 'items');
  if (text === null) throw new Error('the graph has no vectors');
  const { alias } = text;
  const unchanged = [
    ...(dialect.locks ? [] : [dialect.sameProperties(alias, 'item.same', shape)]),
    ...compared[kind].map((name) => `${name} = item.seen.${name}`),
  ].join(' AND ');
  const deleted =
    kind === 'entity' && mapping.place.entities.attached.length > 0
      ? `OPTIONAL MATCH (e)-[t]-() WHERE type(t) IN $attached
         WITH item, e, collect(DISTINCT t) AS attached WHERE size(attached) = item.attached
         FOREACH (one IN attached | DELETE one) DELETE e`
      : `DELETE ${alias}`;
  return `${fenced} UNWIND $items AS item ${text.clauses}
    WITH ${['item', alias, ...compared[kind]].join(', ')} WHERE ${unchanged} ${deleted} RETURN item.key AS key`;
}

/** Facts on which a decision rests beside the item's own properties. */
const compared: Readonly<Record<GraphItemKind, readonly string[]>> = {
  relation: ['named', 'standing', 'dates'],
  mention: ['dates'],
  entity: ['degree'],
  vector: ['named', 'standing', 'dates', 'owned', 'owners'],
};
