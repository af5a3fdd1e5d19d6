import type { GraphResults, GroupMembers, NewResults, Published } from '../ports/graph-compute.ts';
import type { GraphFence } from '../ports/graph-fence.ts';
import { fenced, fenceParameters, raiseFence } from './fence.ts';
import type { CypherMapping } from './names.ts';
import { placeOf } from './places.ts';
import { pagesById } from './read-graph.ts';
import { dropPropertiesText, isOnNodes, onProperties, resultIndexes, resultPlace } from './result-places.ts';
import type { CypherSession, Run } from './session.ts';
import { readTime, writeTime } from './time.ts';
import type { Parameters, Row } from './value.ts';

/**
 * Results of a recompute are kept in two slots, on every entity or on nodes of Coppice's own (`result-places.ts`), and a
 * `CoppiceGroup` node for each group names the slot that readers look at. One statement flips it. The slot that readers
 * have left is emptied when the next version begins, so that a reader who is still at it has until then.
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
  const hash = isMoved(mapping, row) ? '' : String(row.hash);
  return { version: Number(row.version), communities: Number(row.communities), hash, computedAt };
}

/** Results that an earlier release published as properties, of a mapping that keeps them on nodes now. */
function isMoved(mapping: CypherMapping, row: Row): boolean {
  return isOnNodes(mapping) && row.on_nodes !== row.version;
}

const pageSize = 10_000;

export async function* currentCommunities(
  session: CypherSession,
  mapping: CypherMapping,
  group: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly GroupMembers[]> {
  const row = await pointerOf(session, mapping, group, signal);
  if (row === null || typeof row.slot !== 'bigint') return;
  const place = isMoved(mapping, row) ? onProperties(mapping) : resultPlace(mapping);
  const query = place.readText(Number(row.slot));
  for await (const rows of pagesById(session, mapping, group, query, pageSize, signal)) {
    const [entities, communities] = [rows.map(({ id }) => String(id)), rows.map((row) => Number(row.community))];
    yield [{ group, entities, communities }];
  }
}

export async function writeResults(
  session: CypherSession,
  mapping: CypherMapping,
  { fence: { group, epoch }, version, entities }: NewResults,
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
  // The graph of a group of its own is made by the application: no start of ours has given it an index.
  if (graph !== null && isOnNodes(mapping)) await session.ensure(graph, resultIndexes);
  while (await write((run) => emptySlot(run, mapping, bound, version))) signal?.throwIfAborted();
  if (entities.length === 0) return;
  await write(async (run) => {
    await run(resultPlace(mapping).writeText(await freeSlot(run, bound)), {
      ...bound,
      items: entities.map((one) => ({
        ...{ grp: stored, id: one.entity, community: BigInt(one.community), centrality: one.centrality },
      })),
    });
  });
}

export async function publishResults(
  session: CypherSession,
  mapping: CypherMapping,
  { fence: { group, epoch }, results: { version, communities, hash, computedAt } }: Published,
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
           group.computed_at = $computed_at, group.on_nodes = $on_nodes
         RETURN slot`,
        {
          ...boundTo(mapping, stored, epoch),
          version: BigInt(version),
          communities: BigInt(communities),
          hash,
          computed_at: writeTime(computedAt, computedField(session)),
          on_nodes: isOnNodes(mapping) ? BigInt(version) : null,
        },
      );
    },
    signal,
  );
  if (isOnNodes(mapping)) await dropProperties(session, mapping, { group, epoch }, signal);
}

const emptiedAtOnce = 20_000n;

/** Some at a time, each under the fence. */
async function dropProperties(
  session: CypherSession,
  mapping: CypherMapping,
  { group, epoch }: GraphFence,
  signal?: AbortSignal,
): Promise<void> {
  const { graph, stored } = placeOf(mapping, group);
  const bound = { ...boundTo(mapping, stored, epoch), limit: emptiedAtOnce };
  const some = async (run: Run) => {
    await raiseFence(run, mapping, stored, epoch);
    return isSome(await run(dropPropertiesText(mapping), bound));
  };
  while (await session.write(graph, some, signal)) signal?.throwIfAborted();
}

function isSome([row]: readonly Row[]): boolean {
  return row?.emptied !== undefined && row.emptied !== 0n;
}

/**
 * Deletes the results of an older version from its slot, some at a time, before the first page of a version. Results
 * that an earlier attempt wrote of this very version stay and are written over. False when nothing is left to do.
 */
async function emptySlot(run: Run, mapping: CypherMapping, bound: Parameters, version: number): Promise<boolean> {
  const begun = await run(`${fenced} MATCH ${pointer} WHERE group.writing = $version RETURN group.writing AS version`, {
    ...bound,
    version: BigInt(version),
  });
  if (begun.length > 0) return false;
  const text = resultPlace(mapping).emptyText(await freeSlot(run, bound));
  if (isSome(await run(text, { ...bound, limit: emptiedAtOnce }))) return true;
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
       group.hash AS hash, group.computed_at AS computed_at, group.on_nodes AS on_nodes`,
    { graph: mapping.name, groups: [stored] },
    signal,
  );
  return rows[0] ?? null;
}

function computedField({ dialect }: CypherSession) {
  return { property: 'computed_at', type: dialect.times.includes('datetime') ? 'datetime' : 'epoch_ms' } as const;
}
