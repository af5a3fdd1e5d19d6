import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { RunStatus } from '../../domain/run.ts';
import { releaseLeasesOf } from '../../state/locks/leases.ts';
import { releasePartitionsOf } from '../../state/locks/partition-locks.ts';
import { endRun, findRun } from '../../state/runs/runs.ts';

/**
 * Closes the record of a run whose workflow ended without doing so: terminated, timed out, or gone. Its lease goes first:
 * an activity that outlived its workflow cannot commit from there on, so the totals that are added up now are final.
 */
export async function closeRecord(db: Db, runId: string, status: RunStatus, ending: string): Promise<void> {
  if ((await findRun(db, runId)) === null) return;
  await releaseLeasesOf(db, runId);
  await endRun(db, runId, {
    status,
    error: {
      name: 'WorkflowEndedError',
      message: `the workflow ended (${ending}) before the run closed its record`,
      hint: 'Committed work stays and can be undone; the next run continues from there.',
    },
  });
  await boundedTransaction(db, (tx) => releasePartitionsOf(tx, runId));
}
