import type { EntityResult, GraphFence, GraphResults, Membership } from '../ports/graph-store.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import { type CypherMapping, quoted } from './names.ts';
import { placeOf } from './places.ts';
import { pagesById } from './read-graph.ts';
import type { CypherSession, Run } from './session.ts';
import { groupText, property } from './text.ts';
import { readTime, writeTime } from './time.ts';
import type { Parameters, Row } from './value.ts';

/**
 * What a recompute writes: two slots of properties on every entity, and a node of Coppice's own for each group that says
 * which of the two readers look at. It is flipped by one statement. The slot that readers have left is emptied when the next
 * version begins, so that who was still reading has until then.
 */
const pointer = '(group:CoppiceGroup {graph: $graph, group: $groups[0]})';

export async function currentResults(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): Promise<GraphResults | null> {
  const row = await pointerOf(session, mapping, group, signal);
  if (row === null || typeof row.version !== 'bigint') return null;
  const computedAt = readTime(row.computed_at, computedField(session)) ?? new Date(0);
  return { version: Number(row.version), communities: Number(row.communities), hash: String(row.hash), computedAt };
}

const pageSize = 10_000;

export async function* currentCommunities(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly Membership[]> {
  const row = await pointerOf(session, mapping, group, signal);
  if (row === null || typeof row.slot !== 'bigint') return;
  const { entities } = mapping.place;
  const { community } = slotOf(mapping, Number(row.slot));
  const id = property('e', entities.id);
  const query = `MATCH (e:${quoted(entities.label)}) WHERE ${groupText(mapping).within('e')} AND e.${community} IS NOT NULL
      AND ($first OR ${id} > $after)
    RETURN ${id} AS id, e.${community} AS community ORDER BY id LIMIT $limit`;
  for await (const rows of pagesById(session, mapping, group, query, pageSize, signal)) {
    yield rows.map((one) => ({ entity: String(one.id), community: Number(one.community) }));
  }
}

export async function writeResults(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  version: number,
  page: readonly EntityResult[],
  signal?: AbortSignal,
): Promise<void> {
  const { graph, stored } = placeOf(mapping, group);
  const bound = boundTo(mapping, stored, epoch);
  const write = <T>(work: (run: Run) => Promise<T>): Promise<T> =>
    session.write(
      graph,
      async (run) => {
        await raiseFence(run, mapping, stored, epoch);
        return work(run);
      },
      signal,
    );
  while (await write((run) => emptySlot(run, mapping, bound, version))) signal?.throwIfAborted();
  if (page.length === 0) return;
  await write(async (run) => {
    const { community, centrality } = slotOf(mapping, await freeSlot(run, bound));
    const { entities } = mapping.place;
    const groups = groupText(mapping);
    await run(
      `${fenced} UNWIND $items AS item MATCH (e:${quoted(entities.label)})
       WHERE ${groups.within('e')} AND ${groups.ofItem('e', 'item')} AND ${property('e', entities.id)} = item.id
       SET e.${community} = item.community, e.${centrality} = item.centrality RETURN count(e) AS written`,
      {
        ...bound,
        items: page.map((one) => ({
          ...{ grp: stored, id: one.entity, community: BigInt(one.community), centrality: one.centrality },
        })),
      },
    );
  });
}

export async function publishResults(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  { version, communities, hash, computedAt }: GraphResults,
  signal?: AbortSignal,
): Promise<void> {
  const { graph, stored } = placeOf(mapping, group);
  await session.write(
    graph,
    async (run) => {
      await raiseFence(run, mapping, stored, epoch);
      // Published already, by a call whose answer was lost: the slots stay as they are.
      await run(
        `${fenced} MERGE ${pointer}
         WITH group, CASE WHEN group.version = $version THEN group.slot ELSE 1 - coalesce(group.slot, 1) END AS slot
         SET group.slot = slot, group.version = $version, group.communities = $communities, group.hash = $hash,
           group.computed_at = $computed_at
         RETURN slot`,
        {
          ...boundTo(mapping, stored, epoch),
          version: BigInt(version),
          communities: BigInt(communities),
          hash,
          computed_at: writeTime(computedAt, computedField(session)),
        },
      );
    },
    signal,
  );
}

const emptiedAtOnce = 20_000n;

/**
 * Before the first page of a version: what an older one has left in its slot goes, some at a time. What a predecessor has
 * written of this very version stays and is written over. False when nothing is left to do.
 */
async function emptySlot(run: Run, mapping: CypherMapping, bound: Parameters, version: number): Promise<boolean> {
  const begun = await run(`${fenced} MATCH ${pointer} WHERE group.writing = $version RETURN group.writing AS version`, {
    ...bound,
    version: BigInt(version),
  });
  if (begun.length > 0) return false;
  const { community, centrality } = slotOf(mapping, await freeSlot(run, bound));
  const rows = await run(
    `${fenced} MATCH (e:${quoted(mapping.place.entities.label)})
     WHERE ${groupText(mapping).within('e')} AND e.${community} IS NOT NULL WITH e LIMIT $limit
     SET e.${community} = null, e.${centrality} = null RETURN count(e) AS emptied`,
    { ...bound, limit: emptiedAtOnce },
  );
  if (rows[0]?.emptied !== undefined && rows[0].emptied !== 0n) return true;
  await run(`${fenced} MERGE ${pointer} SET group.writing = $version RETURN group.writing AS version`, {
    ...bound,
    version: BigInt(version),
  });
  return false;
}

/** The slot that no reader looks at. */
async function freeSlot(run: Run, bound: Parameters): Promise<number> {
  const rows = await run(`MATCH ${pointer} RETURN group.slot AS slot`, bound);
  return 1 - Number(rows[0]?.slot ?? 1);
}

function slotOf({ place }: CypherMapping, slot: number): { community: string; centrality: string } {
  const { community, centrality } = place.results;
  return { community: quoted(`${community}_${slot}`), centrality: quoted(`${centrality}_${slot}`) };
}

function boundTo(mapping: CypherMapping, stored: string, epoch: number): Parameters {
  return { ...fenceParameters(mapping, stored, epoch), graph: mapping.name, groups: [stored] };
}

async function pointerOf(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): Promise<Row | null> {
  const { graph, stored } = placeOf(mapping, group);
  const rows = await session.read(
    graph,
    `MATCH ${pointer} RETURN group.version AS version, group.slot AS slot, group.communities AS communities,
       group.hash AS hash, group.computed_at AS computed_at`,
    { graph: mapping.name, groups: [stored] },
    signal,
  );
  return rows[0] ?? null;
}

function computedField({ dialect }: CypherSession) {
  return { property: 'computed_at', type: dialect.times.includes('datetime') ? 'datetime' : 'epoch_ms' } as const;
}
