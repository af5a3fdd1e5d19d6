import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import { type MergePair, pairName } from '../../domain/merging/merge-record.ts';
import type { MergeEvidence, MergeStateName } from '../../domain/merging/merge-state.ts';

/** Where pairs belong. */
export interface MergePlace {
  readonly graph: string;
  readonly group: string;
}

export interface FoundMerge extends MergePair {
  readonly type: string;
  readonly bits: number | null;
  readonly guard: string | null;
  readonly evidence: MergeEvidence;
  readonly state: Extract<MergeStateName, 'proposed' | 'review'>;
}

/** The same for both orders of the two. */
function mergeRowKey({ graph, group }: MergePlace, { kind = 'entity', survivor, loser }: MergePair): string {
  const text = JSON.stringify([graph, group, kind, ...[survivor, loser].sort()]);
  return createHash('sha256').update(text).digest('hex');
}

/** Pairs of a group about which something was decided. */
export interface Verdict extends MergePair {
  readonly id: string;
  readonly state: MergeStateName;
}

export async function verdictsOf(db: Db, { graph, group }: MergePlace): Promise<Verdict[]> {
  const { rows } = await sql<Verdict>`select id::text as id, kind, survivor, loser, state from coppice.merges
    where graph = ${graph} and group_id = ${group} and state in ('never', 'accepted', 'splitting') order by id`.execute(
    db,
  );
  return rows;
}

const rowsAtOnce = 1_000;

/**
 * Stores the pairs that a survey found in a group, in place of those of an earlier survey. Pairs that a person decided
 * stay.
 */
export async function replaceFound(
  db: Db,
  place: MergePlace,
  runNo: number,
  found: readonly FoundMerge[],
): Promise<void> {
  for (let at = 0; at < found.length; at += rowsAtOnce) {
    const rows = found
      .slice(at, at + rowsAtOnce)
      .map((one) => ({ kind: 'entity', ...one, key: mergeRowKey(place, one) }));
    await sql`insert into coppice.merges as m
        (key, graph, group_id, kind, type, survivor, loser, state, bits, guard, evidence, run_no)
      select f.key, ${place.graph}, ${place.group}, f.kind, f.type, f.survivor, f.loser, f.state, f.bits, f.guard, f.evidence,
        ${runNo}
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as f (key text, kind text, type text, survivor text, loser text,
        state text, bits float8, guard text, evidence jsonb) order by f.key
      on conflict (key) do update set type = excluded.type, bits = excluded.bits, guard = excluded.guard,
        evidence = excluded.evidence, run_no = excluded.run_no,
        state = case when m.state in ('proposed', 'review', 'merged') then excluded.state else m.state end,
        survivor = case when m.state = 'splitting' then m.survivor else excluded.survivor end,
        loser = case when m.state = 'splitting' then m.loser else excluded.loser end,
        reason = null`.execute(db);
  }
  await sql`delete from coppice.merges where graph = ${place.graph} and group_id = ${place.group}
    and state in ('proposed', 'review') and answer is null and run_no is distinct from ${runNo}`.execute(db);
}

/** Whether a person has separated the two since the survey. */
export async function isSeparated(tx: Tx, place: MergePlace, pair: MergePair): Promise<boolean> {
  const { rows } = await sql`select from coppice.merges where key = ${mergeRowKey(place, pair)} and state = 'never'
    for update`.execute(tx);
  return rows.length > 0;
}

/** Takes note of merges that were made; the time orders them within their group. */
export async function markMerged(
  tx: Tx,
  place: MergePlace,
  at: { readonly runNo: number; readonly partNo: number },
  pair: MergePair,
): Promise<void> {
  await sql`update coppice.merges set state = 'merged', applied_run_no = ${at.runNo}, part_no = ${at.partNo},
      merged_at = clock_timestamp(), survivor = ${pair.survivor}, loser = ${pair.loser}, reason = null
    where key = ${mergeRowKey(place, pair)}`.execute(tx);
}

/** A pair that was to be merged and is not: a person may look at it. */
export async function markRefused(tx: Tx, place: MergePlace, pair: MergePair, reason: string): Promise<void> {
  await sql`update coppice.merges set state = 'review', reason = ${reason}
    where key = ${mergeRowKey(place, pair)} and state in ('proposed', 'accepted')`.execute(tx);
}

/** A pair that was taken apart is not merged again. */
export async function markNever(tx: Tx, place: MergePlace, pair: MergePair, reason: string): Promise<void> {
  await sql`update coppice.merges set state = 'never', reason = ${reason}, merged_at = null
    where key = ${mergeRowKey(place, pair)}`.execute(tx);
}

/** A merge that stays for now, with the reason why it could not be taken apart. */
export async function markKept(tx: Tx, place: MergePlace, pair: MergePair, reason: string): Promise<void> {
  await sql`update coppice.merges set state = 'merged', reason = ${reason}
    where key = ${mergeRowKey(place, pair)} and state in ('merged', 'splitting')`.execute(tx);
}

/**
 * A merge that was made after this one and that builds on it: it merged the survivor on, or merged something else into it, or
 * into or away from an entity to which an edge of this one leads back.
 */
export async function laterMerge(
  db: Db,
  { graph, group }: MergePlace,
  pair: MergePair,
  ends: readonly string[],
): Promise<{ readonly id: string; readonly survivor: string; readonly loser: string } | null> {
  const { rows } = await sql<{ id: string; survivor: string; loser: string }>`
    select m.id::text as id, m.survivor, m.loser from coppice.merges m
    where m.graph = ${graph} and m.group_id = ${group} and m.kind = ${pair.kind ?? 'entity'}
      and m.state in ('merged', 'splitting')
      and m.key <> ${mergeRowKey({ graph, group }, pair)}
      and m.merged_at > coalesce((select o.merged_at from coppice.merges o
        where o.key = ${mergeRowKey({ graph, group }, pair)}), '-infinity')
      and (m.loser = ${pair.survivor} or m.survivor = ${pair.survivor} or m.loser = any(${[...ends]}::text[]))
    order by m.merged_at desc limit 1`.execute(db);
  return rows[0] ?? null;
}

/** Ids of the pairs that are stored, by `pairName`. */
export async function idsOfPairs(
  db: Db,
  place: MergePlace,
  pairs: readonly MergePair[],
): Promise<ReadonlyMap<string, string>> {
  const names = new Map(pairs.map((pair) => [mergeRowKey(place, pair), pairName(pair)]));
  const { rows } = await sql<{ key: string; id: string }>`select key, id::text as id from coppice.merges
    where key = any(${[...names.keys()]}::text[])`.execute(db);
  return new Map(rows.map(({ key, id }) => [names.get(key) ?? '', id]));
}
