import { sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { Subject } from './subject.ts';

/** Deletes proposals, verdicts, results and marks of added rows of the subject; how many proposals and results it was. */
export async function forgetProposals(tx: Tx, subject: Subject): Promise<number> {
  const of = subject.collection;
  const here = sql`(${of}::text is null or collection = ${of}::text)`;
  if (subject.kind === 'rows') {
    const ids = sql`${[...subject.ids]}::text[]`;
    await sql`delete from coppice.added_rows where ${here} and row_id = any(${ids})`.execute(tx);
    await sql`delete from coppice.memory_verdicts where ${here} and pair::jsonb ?| ${ids}`.execute(tx);
    const proposals = await sql`delete from coppice.proposals where ${here}
      and jsonb_path_query_array(content, '$.lines[*].id') ?| ${ids}`.execute(tx);
    return Number(proposals.numAffectedRows ?? 0);
  }
  const { name } = subject;
  await sql`delete from coppice.memory_verdicts where ${here} and partition = ${name}`.execute(tx);
  await sql`delete from coppice.added_rows a using coppice.run_partitions p
    where p.run_no = a.run_no and p.no = a.part_no and p.collection = a.collection and p.partition = ${name}
      and (${of}::text is null or a.collection = ${of}::text)`.execute(tx);
  const proposals = await sql`delete from coppice.proposals where ${here} and partition = ${name}`.execute(tx);
  const results = await sql`delete from coppice.entity_results where ${here} and partition = ${name}`.execute(tx);
  return Number(proposals.numAffectedRows ?? 0) + Number(results.numAffectedRows ?? 0);
}
