import { boundedTransaction } from '../../database/transaction.ts';
import { givenUp } from '../../domain/given-up.ts';
import { correlationId, pipelineMetricsLine, stepPrefix } from '../../domain/pipeline-metrics.ts';
import { collectionsFailed, type ErrorJson, type FailedCollection, type RunStatus } from '../../domain/run.ts';
import { isSweep } from '../../jobs/facts.ts';
import { dropSupersededChanges } from '../../state/ledger/changes.ts';
import { dropItems } from '../../state/ledger/items.ts';
import { releaseLease } from '../../state/locks/leases.ts';
import { releasePartitionsOf } from '../../state/locks/partition-locks.ts';
import { type PartitionSums, sumPartitions } from '../../state/runs/run-partitions.ts';
import { endRun, getRun, toRunJson } from '../../state/runs/runs.ts';
import type { SweepDeps } from './deps.ts';
import type { FinishInput, FinishResult, RunContext } from './types.ts';

/**
 * The run leaves: totals into its record, locks and lease released, items dropped. Its end and its lease's become visible at
 * once: a run that is started when this one has ended finds the lease free. Run again it changes nothing.
 */
export async function finish(deps: SweepDeps, input: FinishInput): Promise<FinishResult> {
  const { run } = input;
  const sums = await sumPartitions(deps.db, run.runNo);
  const { failed_collections: failed } = await getRun(deps.db, run.runId);
  const status = input.status ?? statusOf(sums, failed);
  const ended = await boundedTransaction(deps.db, async (tx) => {
    await releasePartitionsOf(tx, run.runId);
    if (run.lease !== null) await releaseLease(tx, run.lease.name, run.runId);
    return endRun(tx, run.runId, { status, error: input.error ?? reasonOf(status, sums, failed) });
  });
  // A held run's items stay: an approval is bound to exactly these.
  if (status !== 'held') await dropItems(deps.db, run.runNo);
  const { job } = deps.settings(run.job);
  if (
    run.kind === 'sweep' &&
    isSweep(job) &&
    job.effect === 'changes' &&
    (status === 'success' || status === 'partial')
  )
    await dropSupersededChanges(deps.db, run.runNo, job.lease_by ?? null);
  const json = await toRunJson(deps.db, await getRun(deps.db, run.runId));
  if (ended) logFinish(deps, run, status, json.duration_ms ?? 0, sums);
  return { status: json.status, totals: json.totals, partitions: json.partitions };
}

function statusOf({ totals, states }: PartitionSums, failed: readonly FailedCollection[]): RunStatus {
  return failed.length > 0 || (states.dead ?? 0) > 0 || (totals.refused ?? 0) > 0 ? 'partial' : 'success';
}

function reasonOf(
  status: RunStatus,
  { totals, states }: PartitionSums,
  failed: readonly FailedCollection[],
): ErrorJson | null {
  if (status !== 'partial') return null;
  if (failed.length > 0) return collectionsFailed(failed);
  const dead = states.dead ?? 0;
  if (dead === 0) {
    return {
      name: 'SupersededError',
      message: `${totals.refused ?? 0} documents were not restored: they exist again, or the database refused them`,
      hint: 'coppice runs show names them, under superseded and findings.',
    };
  }
  return {
    name: 'DeadLetterError',
    message: `${givenUp(dead)}; the others are finished`,
    hint: 'See coppice dead-letters list; every later run tries them again.',
  };
}

function logFinish(
  deps: SweepDeps,
  run: RunContext,
  status: RunStatus,
  durationMs: number,
  { states }: PartitionSums,
): void {
  if (run.kind === 'preview') return;
  const name = run.kind === 'undo' ? `undo-${run.job}` : run.job;
  if (status === 'held') {
    // It has done nothing and failed at nothing: a rate of success would say that it failed.
    const fields = { correlation_id: correlationId(name, run.runId), duration_ms: durationMs };
    deps.log.info(pipelineMetricsLine(`${stepPrefix(name)}_job_held`, fields));
    return;
  }
  const all = Object.values(states).reduce((sum, count) => sum + count, 0);
  deps.log.info(
    pipelineMetricsLine(`${stepPrefix(name)}_job_complete`, {
      correlation_id: correlationId(name, run.runId),
      duration_ms: durationMs,
      success_rate: { share: all === 0 ? 1 : (states.done ?? 0) / all },
    }),
  );
}
