import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';

/**
 * Deletes up to `limit` proposals of a job, and marks of added rows, that are older than its ledger is kept. The latest verdict about a
 * profile stays, without its texts: a profile that does not change is not asked about again. So does `never`.
 */
export async function deleteAgedProposals(tx: Tx, job: string, days: number, limit: number): Promise<number> {
  const old = sql`q.job = ${job} and coalesce(q.answered_at, q.created_at) < now() - make_interval(secs => ${days}::float8 * 86400)`;
  await sql`update coppice.proposals q set content = null
    where q.content is not null and q.state in ('rejected', 'undone', 'reverted', 'never') and ${old}`.execute(tx);
  const proposals = await sql`
    delete from coppice.proposals where id = any(array(
      select q.id from coppice.proposals q
      where ${old} and q.state <> 'never' and (q.state in ('proposed', 'related', 'accepted', 'applied', 'outdated', 'asking')
        or exists (select from coppice.proposals later
          where later.job = q.job and later.collection = q.collection and later.partition = q.partition
            and later.subject = q.subject and later.id > q.id))
      limit ${limit}))`.execute(tx);
  const added = await sql`
    delete from coppice.added_rows where ctid = any(array(
      select ctid from coppice.added_rows where added_at < now() - make_interval(secs => ${days}::float8 * 86400)
      limit ${limit}))`.execute(tx);
  return Math.max(Number(proposals.numAffectedRows ?? 0), Number(added.numAffectedRows ?? 0));
}

/** Deletes up to `limit` results and budgets of runs whose record is deleted. */
export async function deleteOrphanedResults(tx: Tx, limit: number): Promise<number> {
  const results = await sql`
    delete from coppice.entity_results where ctid = any(array(
      select e.ctid from coppice.entity_results e
      where not exists (select from coppice.runs r where r.no = e.run_no) limit ${limit}))`.execute(tx);
  await sql`delete from coppice.model_budgets b where not exists (select from coppice.runs r where r.no = b.run_no)`.execute(
    tx,
  );
  return Number(results.numAffectedRows ?? 0);
}
