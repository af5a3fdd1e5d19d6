import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { GraphGroupsTable } from '../../database/schema-graphs.ts';
import { partitionKey } from '../locks/key.ts';

export type GraphGroup = Selectable<GraphGroupsTable>;

export interface ObservedGroup {
  readonly group: string;
  readonly tally: string;
  readonly items: number;
}

/**
 * Records the items of groups as they are now. A group becomes stale where it is new, or has other items than when it
 * was last observed. Returns the registry's rows of these groups.
 */
export async function observeGroups(db: Db, graph: string, observed: readonly ObservedGroup[]): Promise<GraphGroup[]> {
  if (observed.length === 0) return [];
  const rows = observed.map((one) => ({ ...one, key: partitionKey(graph, one.group) }));
  await sql`insert into coppice.graph_groups as g
      (key, graph, group_id, tally, items, stale_since, stale_reason)
    select o.key, ${graph}, o."group", o.tally, o.items, now(), 'new'
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o (key text, "group" text, tally text, items bigint)
    order by o.key
    on conflict (key) do update set tally = excluded.tally, items = excluded.items, version = g.version + 1,
      needs_recompute = true, stale_since = coalesce(g.stale_since, now()),
      stale_reason = case when g.stale_since is null then 'changed' else g.stale_reason end
    where g.tally is distinct from excluded.tally`.execute(db);
  return readGroups(
    db,
    graph,
    observed.map((one) => one.group),
  );
}

export function readGroups(db: Db, graph: string, groups: readonly string[]): Promise<GraphGroup[]> {
  return db
    .selectFrom('coppice.graph_groups')
    .selectAll()
    .where('key', '=', sql<string>`any(${groups.map((group) => partitionKey(graph, group))}::text[])`)
    .execute();
}

export async function readGroupByKey(db: Db, key: string): Promise<GraphGroup | null> {
  const row = await db.selectFrom('coppice.graph_groups').selectAll().where('key', '=', key).executeTakeFirst();
  return row ?? null;
}

/** Number of items that the graph's other groups had when they were last observed. */
export async function itemsOfOthers(db: Db, graph: string, key: string): Promise<number> {
  const { rows } = await sql<{ items: number }>`select coalesce(sum(items), 0)::int8 as items from coppice.graph_groups
    where graph = ${graph} and key <> ${key}`.execute(db);
  return rows[0]?.items ?? 0;
}

export async function readGroup(db: Db, graph: string, group: string): Promise<GraphGroup | null> {
  return (await readGroups(db, graph, [group]))[0] ?? null;
}

/** The group becomes stale, or stale anew; `turned`: it was not before. A group that is not known yet is added. */
export async function markStale(
  tx: Tx,
  graph: string,
  group: string,
  reason: string,
): Promise<{ turned: boolean; marked: GraphGroup }> {
  const key = partitionKey(graph, group);
  await sql`insert into coppice.graph_groups (key, graph, group_id) values (${key}, ${graph}, ${group})
    on conflict (key) do nothing`.execute(tx);
  const { stale_since } = await tx
    .selectFrom('coppice.graph_groups')
    .select('stale_since')
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const marked = await tx
    .updateTable('coppice.graph_groups')
    .set({
      version: sql<number>`version + 1`,
      needs_recompute: true,
      stale_since: sql<Date>`coalesce(stale_since, now())`,
      stale_reason: sql<string>`coalesce(stale_reason, ${reason})`,
    })
    .where('key', '=', key)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { turned: stale_since === null, marked };
}

export interface Worked {
  readonly group: string;
  /** As it was when the work began. */
  readonly version: number;
  /** Tally of the group's items after the work. */
  readonly tally: string;
  readonly items: number;
  /** Whether every collector ran, and nothing waits for its grace. */
  readonly clean: boolean;
  readonly collected: boolean;
  /** Of a recompute that was made, or skipped since nothing had changed; `null`: none was asked for. */
  readonly results: { readonly hash: string; readonly communities: number; readonly unchanged: boolean } | null;
}

/**
 * Records the results of work on groups of a graph. A group stays stale when it became so anew meanwhile, or when
 * something is left. Here and below, rows are locked in the order of their keys, as everybody does who writes to
 * several.
 */
export async function recordWork(db: Db, graph: string, worked: readonly Worked[]): Promise<void> {
  const rows = worked.map(({ group, results, ...one }) => {
    return { ...one, ...results, key: partitionKey(graph, group), computed: results !== null };
  });
  await sql`
    with work as materialized (
      select w.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w (key text, version bigint, tally text,
        items bigint, clean boolean, collected boolean, computed boolean, hash text, communities bigint, unchanged boolean)
    ),
    standing as materialized (${lockedGroups(rows)})
    update coppice.graph_groups g set
      tally = case when g.version = w.version then w.tally else g.tally end,
      items = w.items,
      stale_since = case when g.version = w.version and w.clean then null else g.stale_since end,
      stale_reason = case when g.version = w.version and w.clean then null else g.stale_reason end,
      needs_recompute = g.needs_recompute and not (w.computed and g.version = w.version),
      collected_at = case when w.collected then now() else g.collected_at end,
      recomputed_at = case when w.computed then now() else g.recomputed_at end,
      results_hash = coalesce(w.hash, g.results_hash),
      communities = coalesce(w.communities, g.communities),
      recomputes = g.recomputes + case when w.computed and not w.unchanged then 1 else 0 end,
      failures = case when w.collected then 0 else g.failures end,
      last_error = case when w.collected then null else g.last_error end
    from work w join standing using (key) where g.key = w.key and ${isOneOf(sql`g.key`, rows)}`.execute(db);
}

function lockedGroups(rows: readonly { readonly key: string }[]) {
  return sql`select key from coppice.graph_groups where ${isOneOf(sql`key`, rows)} order by key for update`;
}

/** Said besides a join with these keys: of how many rows a join finds the planner knows nothing, and reads the whole table. */
function isOneOf(key: RawBuilder<unknown>, rows: readonly { readonly key: string }[]) {
  return sql`${key} = any(${rows.map((row) => row.key)}::text[])`;
}

export interface Changed {
  readonly group: string;
  /** Entities that were cleaned. */
  readonly orphans: number;
}

/** In the transaction that changes groups: what their results were computed from is no more. */
export async function recordChanged(tx: Tx, graph: string, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return;
  const rows = changed.map(({ group, orphans }) => ({ key: partitionKey(graph, group), orphans }));
  await sql`
    with standing as materialized (${lockedGroups(rows)})
    update coppice.graph_groups g set needs_recompute = true, orphans_cleaned = g.orphans_cleaned + c.orphans
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c (key text, orphans bigint) join standing using (key)
    where g.key = c.key and ${isOneOf(sql`g.key`, rows)} and (not g.needs_recompute or c.orphans > 0)`.execute(tx);
}

/** A collection of the group was given up. */
export async function recordFailure(db: Db, graph: string, group: string, error: string): Promise<void> {
  await db
    .updateTable('coppice.graph_groups')
    .set({ failures: sql<number>`failures + 1`, last_error: error })
    .where('key', '=', partitionKey(graph, group))
    .execute();
}

export interface GroupFilter {
  readonly graph: string | null;
  /** Only those that are to be collected or recomputed. */
  readonly stale: boolean;
  /** Groups that may be seen; `null`: all. */
  readonly only: readonly string[] | null;
  /** Keyset: graph and group that ended the page before. */
  readonly after: { readonly graph: string; readonly group: string } | null;
  readonly limit: number;
}

const indexedId = sql`left(group_id, 256) collate "C"`;

export function listGroups(db: Db, filter: GroupFilter): Promise<GraphGroup[]> {
  let query = db
    .selectFrom('coppice.graph_groups')
    .selectAll()
    .orderBy('graph')
    // The first two are the index's; two ids that agree so far are sorted by the rest.
    .orderBy(indexedId)
    .orderBy(sql`group_id collate "C"`)
    .limit(filter.limit);
  if (filter.graph !== null) query = query.where('graph', '=', filter.graph);
  if (filter.stale) query = query.where(sql<boolean>`(stale_since is not null or needs_recompute)`);
  if (filter.only !== null) query = query.where('group_id', '=', sql<string>`any(${filter.only}::text[])`);
  if (filter.after !== null) {
    const { graph, group } = filter.after;
    query = query.where(
      sql<boolean>`(graph, ${indexedId}, group_id collate "C") > (${graph}, left(${group}, 256), ${group})`,
    );
  }
  return query.execute();
}
