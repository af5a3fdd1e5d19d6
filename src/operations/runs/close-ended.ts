import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import pLimit from 'p-limit';
import { closeRecord } from '../../activities/sweep/close-record.ts';
import { endingOf, statusOfEnding } from '../../activities/sweep/closed.ts';
import type { Db } from '../../database/schema.ts';
import { isFinal } from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { openRunIdentities, type Run } from '../../state/runs/runs.ts';
import type { DatabaseContext } from '../context.ts';
import { SharedAnswer } from '../monitoring/shared-answer.ts';

/** So many runs are asked for at once at the Temporal server. */
const askedAtOnce = 10;
const pageSize = 500;

/** Closes the record of a run whose workflow has ended without doing so. */
export async function closeEndedRun(context: DatabaseContext, run: Run): Promise<void> {
  const identity = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
  await closeIfEnded(context.parts.db, await context.client(), identity);
}

/** The same for one run that somebody looks at, where the Temporal server can be asked and this role may write. */
export async function closeShownRun(context: DatabaseContext, run: Run): Promise<void> {
  if (isFinal(run.status)) return;
  const client = await clientOf(context);
  if (client !== null) await closeEndedRun(context, run);
}

/** The same for every run that looks open. */
export async function closeEndedRuns(context: DatabaseContext): Promise<void> {
  const { db } = context.parts;
  let page = await openRunIdentities(db, { after: 0, limit: pageSize });
  const client = page.length === 0 ? null : await clientOf(context);
  if (client === null) return;
  const limit = pLimit(askedAtOnce);
  while (page.length > 0) {
    await Promise.all(page.map((run) => limit(() => closeIfEnded(db, client, run))));
    page = await openRunIdentities(db, { after: page.at(-1)?.no ?? 0, limit: pageSize });
  }
}

/** `closeEndedRuns`, which a server does regularly and once for all requests: a list of runs does not wait for it. */
export const closing = new SharedAnswer(1_000, closeEndedRuns);

async function closeIfEnded(db: Db, client: Client, run: RunIdentity): Promise<void> {
  const ending = await endingOf(client, run);
  if (ending !== null) await closeRecord(db, run.runId, statusOfEnding(ending), ending);
}

async function clientOf(context: DatabaseContext): Promise<Client | null> {
  if (!(await mayWrite(context.parts.db))) return null;
  try {
    return await context.client();
  } catch {
    return null;
  }
}

async function mayWrite(db: Db): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`select has_table_privilege('coppice.runs', 'UPDATE') as may`.execute(db);
  return rows[0]?.may === true;
}
