import { correlationId, pipelineMetricsLine, stepPrefix } from '../../domain/pipeline-metrics.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import type { Job, Parameters } from '../../jobs/job.ts';
import { takeLease } from '../../state/locks/leases.ts';
import { beginRun, endRun, findRun } from '../../state/runs/runs.ts';
import { closeRecord } from './close-record.ts';
import { endingOf, statusOfEnding } from './closed.ts';
import type { SweepDeps } from './deps.ts';
import { UndoRefusedError, WrongInstallationError } from './errors.ts';
import { errorJson } from './failures.ts';
import { onlyPartition } from './only-partition.ts';
import { resolveParameters } from './parameters.ts';
import type { BeginInput, BeginResult } from './types.ts';

/** The run enters: its record begins, its parameters are checked, its lease is taken or the holder named. */
export async function begin(deps: SweepDeps, input: BeginInput): Promise<BeginResult> {
  if (input.installation !== null && input.installation !== deps.installation) {
    throw new WrongInstallationError(input.installation, deps.installation);
  }
  const asked = { ...input, job: input.job ?? (await jobOf(deps, input.undoes)) };
  const settings = deps.settings(asked.job);
  const record = await beginRun(deps.db, {
    ...asked,
    ledger: settings.ledger.enabled,
  });
  const { parameters, partition } = await checkInput(deps, asked);
  const name = leaseName(asked, settings.job, partition);
  const lease = name === null ? null : await acquire(deps, name, asked);
  if (lease !== null && lease.holder?.runId !== asked.runId) {
    const { holder } = lease;
    const named = { workflow_id: holder?.workflowId ?? '', run_id: holder?.runId ?? '' };
    await endRun(deps.db, asked.runId, { status: 'skipped', holder: named });
    logStep(deps, asked, 'job_skipped', { job_id: asked.job, holder: named.workflow_id });
    return { begun: false, holder: named };
  }
  logStep(deps, asked, 'job_start', { job_id: asked.job });
  return {
    begun: true,
    run: {
      runId: asked.runId,
      workflowId: asked.workflowId,
      namespace: asked.namespace,
      installation: deps.installation,
      job: asked.job,
      kind: asked.kind,
      runNo: record.no,
      lease: lease === null ? null : { name: lease.name, generation: lease.generation },
      parameters,
      partition,
      retry: settings.retry,
      ledger: record.ledger,
      concurrency: settings.concurrency,
      timings: deps.timings,
      configuration: deps.configuration(asked.job),
      searchAttributes: deps.searchAttributes,
    },
  };
}

type Asked = BeginInput & { readonly job: string };

async function jobOf(deps: SweepDeps, undoes: string | null): Promise<string> {
  const undone = undoes === null ? null : await findRun(deps.db, undoes);
  if (undone === null) throw new UndoRefusedError(`there is no run ${undoes ?? ''}`);
  return undone.job;
}

/** Wrong input ends the run's record before the workflow fails, so that the run is seen where people look for it. */
async function checkInput(
  deps: SweepDeps,
  asked: Asked,
): Promise<{ parameters: Parameters; partition: string | null }> {
  try {
    const settings = deps.settings(asked.job);
    return {
      parameters: resolveParameters(settings, asked.parameters),
      partition: onlyPartition(settings.job, asked),
    };
  } catch (error) {
    await endRun(deps.db, asked.runId, { status: 'failed', error: errorJson(error) });
    throw error;
  }
}

/**
 * A preview needs no lease; an undo has its own, since it shares partitions with the job and not its turn, and so has a
 * run for one partition: what keeps two activities apart there is the partition's lock.
 */
function leaseName(input: Asked, job: Job, partition: string | null): string | null {
  if (input.kind === 'preview') return null;
  if (input.kind === 'undo') return `undo:${input.undoes}`;
  if (partition !== null) return `${job.partition}:${partition}`;
  const by = job.lease_by;
  const value = by === undefined ? undefined : input.parameters[by];
  const own =
    value !== undefined && value !== null && value !== (by === undefined ? null : job.parameters[by]?.default);
  return own ? `${input.job}:${String(value)}` : input.job;
}

/** Takes the lease. One whose holder's chain has ended is freed by closing that run's record. */
async function acquire(deps: SweepDeps, name: string, run: RunIdentity) {
  const lease = await takeLease(deps.db, name, run);
  const { holder } = lease;
  if (holder === null || holder.runId === run.runId) return lease;
  const ending = await endingOf(deps.client, holder);
  if (ending === null) return lease;
  await closeRecord(deps.db, holder.runId, statusOfEnding(ending), ending);
  return takeLease(deps.db, name, run);
}

function logStep(deps: SweepDeps, input: Asked, step: string, fields: Readonly<Record<string, string>>): void {
  if (input.kind === 'preview') return;
  const prefix = stepPrefix(input.kind === 'undo' ? `undo-${input.job}` : input.job);
  const correlation = correlationId(input.kind === 'undo' ? `undo-${input.job}` : input.job, input.runId);
  deps.log.info(pipelineMetricsLine(`${prefix}_${step}`, { correlation_id: correlation, ...fields }));
}
