import { sql } from 'kysely';
import { closeRecord } from '../activities/sweep/close-record.ts';
import { endingOf, statusOfEnding } from '../activities/sweep/closed.ts';
import { openRuns, type Run } from '../state/runs.ts';
import type { Db } from '../state/schema.ts';
import type { Context } from './context.ts';

/** Closes the record of a run whose workflow has ended without doing so. */
export async function closeEndedRun(context: Context, run: Run): Promise<void> {
  const client = await context.client();
  const ending = await endingOf(client, { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace });
  if (ending !== null) await closeRecord(context.parts.db, run.run_id, statusOfEnding(ending), ending);
}

/** The same for every run that looks open, where the Temporal server can be asked and this role may write. */
export async function closeEndedRuns(context: Context): Promise<void> {
  const open = await openRuns(context.parts.db);
  if (open.length === 0 || !(await mayWrite(context.parts.db))) return;
  try {
    await context.client();
  } catch {
    return;
  }
  for (const run of open) await closeEndedRun(context, run);
}

async function mayWrite(db: Db): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`select has_table_privilege('coppice.runs', 'UPDATE') as may`.execute(db);
  return rows[0]?.may === true;
}
