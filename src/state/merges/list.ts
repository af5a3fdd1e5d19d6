import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { PairAnswer } from '../../domain/merging/answers.ts';
import type { MergeKind } from '../../domain/merging/merge-record.ts';
import type { MergeEvidence, MergeStateName } from '../../domain/merging/merge-state.ts';
import { isSeen, type Seen } from '../runs/seen.ts';

/** A pair as it is stored. */
export interface ListedMerge {
  readonly id: string;
  readonly graph: string;
  readonly group: string;
  readonly kind: MergeKind;
  readonly type: string;
  readonly survivor: string;
  readonly loser: string;
  readonly state: MergeStateName;
  readonly bits: number | null;
  readonly guard: string | null;
  readonly evidence: MergeEvidence;
  readonly reason: string | null;
  /** Of the run that merged the two. */
  readonly runId: string | null;
  readonly createdAt: Date;
  readonly mergedAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
}

export interface MergeFilter {
  readonly graph: string | null;
  readonly group: string | null;
  readonly state: MergeStateName | null;
}

const columns = sql`m.id::text as id, m.graph, m.group_id as "group", m.kind, m.type, m.survivor, m.loser, m.state, m.bits,
  m.guard, m.evidence, m.reason, (select r.run_id from coppice.runs r where r.no = m.applied_run_no) as "runId",
  m.created_at as "createdAt", m.merged_at as "mergedAt", m.decided_at as "decidedAt", m.decided_by as "decidedBy"`;

/** The latest first, before the pair of that id. */
export async function listMerges(
  db: Db,
  { graph, group, state }: MergeFilter,
  page: { readonly before: string | null; readonly limit: number; readonly seen: Seen },
): Promise<ListedMerge[]> {
  const { rows } = await sql<ListedMerge>`select ${columns} from coppice.merges m
    where ${seenHere(page.seen)} and (${graph}::text is null or m.graph = ${graph}::text)
      and (${group}::text is null or m.group_id = ${group}::text)
      and (${state}::text is null or m.state = ${state}::text)
      and (${page.before}::int8 is null or m.id < ${page.before}::int8)
    order by m.id desc limit ${sql.lit(page.limit)}`.execute(db);
  return rows;
}

export async function findMerge(db: Db, id: string, seen: Seen, lock = false): Promise<ListedMerge | null> {
  const { rows } = await sql<ListedMerge>`select ${columns} from coppice.merges m
    where m.id = ${id}::int8 and ${seenHere(seen)} ${lock ? sql`for update` : sql``}`.execute(db);
  return rows[0] ?? null;
}

/** Writes down what a person decided. */
export async function decideMerge(
  tx: Tx,
  id: string,
  state: Extract<MergeStateName, 'accepted' | 'never' | 'splitting'>,
  by: string | null,
): Promise<void> {
  const answer = state === 'accepted' ? 'same' : 'different';
  await sql`update coppice.merges set state = ${state}, decided_at = now(), decided_by = ${by}, reason = null, answer = ${answer}
    where id = ${id}::int8`.execute(tx);
}

function seenHere(seen: Seen): RawBuilder<boolean> {
  return isSeen(seen, sql`m.graph`, sql`m.group_id`);
}

/** How pairs of entities of a group were judged so far. */
export async function judgedPairs(db: Db, graph: string, group: string) {
  const { rows } = await sql<{ merged: number; accepted: number; kept_apart: number }>`
    select count(*) filter (where state in ('merged', 'splitting'))::int8 as merged,
      count(*) filter (where state = 'accepted')::int8 as accepted, count(*) filter (where state = 'never')::int8 as kept_apart
    from coppice.merges where graph = ${graph} and group_id = ${group} and kind = 'entity'`.execute(db);
  return rows[0] ?? { merged: 0, accepted: 0, kept_apart: 0 };
}

/**
 * Returns the answers of people about entities of a group; none where the tables are older, since a preview reads those
 * too.
 */
export async function answersOf(db: Db, graph: string, group: string): Promise<readonly PairAnswer[]> {
  const { rows } = await sql<PairAnswer>`select m.type, m.bits, m.guard, a.answer = 'same' as same
    from coppice.merges m, lateral (select to_jsonb(m) ->> 'answer') a (answer)
    where m.graph = ${graph} and m.group_id = ${group} and m.kind = 'entity' and a.answer is not null`.execute(db);
  return rows;
}
