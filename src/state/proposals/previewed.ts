import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { ProposalState } from '../../domain/profiles/proposal.ts';
import type { QuestionKey } from './proposals.ts';

/** An answer that a preview has stored. */
export interface PreviewedAnswer extends QuestionKey {
  readonly id: string;
  readonly problem: string | null;
}

export interface PreviewedTerms {
  readonly job: string;
  readonly collection: string;
  /** Digest of the rules' version and of the limits. */
  readonly terms: string;
  readonly states: readonly ProposalState[];
}

const pageSize = 1_000;

/**
 * Pages of the latest answers about each subject, where a preview has stored them and no run has named them yet; in the order
 * of their ids.
 */
export async function* previewedAnswers(db: Db, terms: PreviewedTerms): AsyncGenerator<readonly PreviewedAnswer[]> {
  for (let after = '0'; ; ) {
    const page = await pageOfAnswers(db, terms, after);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.id;
  }
}

async function pageOfAnswers(
  db: Db,
  { job, collection, terms, states }: PreviewedTerms,
  after: string,
): Promise<readonly PreviewedAnswer[]> {
  const { rows } = await sql<PreviewedAnswer>`
    select q.id::text as id, q.job, q.collection, q.partition, q.subject, q.question, q.problem from coppice.proposals q
    where q.job = ${job} and q.collection = ${collection} and q.state = any(${[...states]}::text[]) and q.run_no is null
      and q.id > ${after}::int8 and split_part(q.question, ':', 2) = ${terms} and not exists (
        select from coppice.proposals n where n.job = q.job and n.collection = q.collection and n.partition = q.partition
          and n.subject = q.subject and n.answered_at > q.answered_at)
    order by q.id limit ${sql.lit(pageSize)}`.execute(db);
  return rows;
}

/** From now on they are the run's own: no later run names them. */
export async function adoptAnswers(db: Db, ids: readonly string[], runNo: number): Promise<void> {
  if (ids.length === 0) return;
  await sql`update coppice.proposals set run_no = ${runNo}::int8
    where id = any(${[...ids]}::text[]::int8[]) and run_no is null`.execute(db);
}

/** Answers of a run, and of previews before it, that cannot be used. A retry of an activity counts those of the first try, too. */
export async function countUnusable(db: Db, job: string, collection: string, runNo: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int8 as count from coppice.proposals
    where job = ${job} and collection = ${collection} and state = 'unusable' and run_no = ${runNo}::int8`.execute(db);
  return rows[0]?.count ?? 0;
}
