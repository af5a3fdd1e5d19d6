import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { MergeKind } from '../../domain/merging/merge-record.ts';

/**
 * Deletes up to `limit` pairs that ended longer ago than the ledger of merges is kept: merges of which the ledger holds nothing any
 * more, and found pairs that no survey has seen again before the record of the last one was deleted. Answers of people stay.
 */
export async function deleteEndedMerges(tx: Tx, days: number, limit: number): Promise<number> {
  const limitDate = sql`now() - make_interval(secs => ${days}::float8 * 86400)`;
  const { numAffectedRows } = await sql`
    delete from coppice.merges where id = any(array(
      select m.id from coppice.merges m
      where m.answer is null and ((m.state = 'merged' and m.merged_at < ${limitDate} and not exists (
          select from coppice.ledger_graph l where l.run_no = m.applied_run_no and l.kind = 'merge' and l.part_no = m.part_no
            and l.content ->> 'survivor' = m.survivor and l.content ->> 'loser' = m.loser))
        or (m.state in ('proposed', 'review') and m.created_at < ${limitDate}
          and not exists (select from coppice.runs r where r.no = m.run_no)))
      limit ${limit}))`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/** A decision about a pair, whose entities or facts may not exist any more. */
export interface OldDecision {
  readonly id: string;
  readonly group: string;
  readonly kind: MergeKind;
  readonly survivor: string;
  readonly loser: string;
}

/** Decisions of undos. `never` of a person is kept for ever, and so is a merge that a person took apart. */
const mayBeDeleted = sql<boolean>`(state = 'accepted' or (state = 'never' and reason = 'undone'))`;

/** A page of decisions of a graph that are older than that, in the order of their ids. */
export async function pageOfOldDecisions(
  db: Db,
  graph: string,
  after: string,
  days: number,
  limit: number,
): Promise<readonly OldDecision[]> {
  const { rows } = await sql<OldDecision>`
    select id::text as id, group_id as "group", kind, survivor, loser from coppice.merges
    where graph = ${graph} and ${mayBeDeleted} and id > ${after}::int8
      and coalesce(decided_at, created_at) < now() - make_interval(secs => ${days}::float8 * 86400)
    order by merges.id limit ${limit}`.execute(db);
  return rows;
}

/** Deletes decisions, unless a person has decided otherwise since they were read. */
export async function deleteDecisions(tx: Tx, ids: readonly string[]): Promise<number> {
  const { numAffectedRows } = await sql`delete from coppice.merges
    where id = any(${[...ids]}::int8[]) and ${mayBeDeleted}`.execute(tx);
  return Number(numAffectedRows ?? 0);
}
