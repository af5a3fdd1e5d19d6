import type { RunStatus } from '../../domain/run.ts';
import { releaseLeasesOf } from '../../state/leases.ts';
import { releasePartitionsOf } from '../../state/partition-locks.ts';
import { endRun, findRun } from '../../state/runs.ts';
import type { Db } from '../../state/schema.ts';
import { boundedTransaction } from '../../state/transaction.ts';

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
      hint: 'What was committed stands and can be undone; the next run goes on from there.',
    },
  });
  await boundedTransaction(db, (tx) => releasePartitionsOf(tx, runId));
}
