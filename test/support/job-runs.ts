import { drain } from '../../src/activities/sweep/drain.ts';
import { finish } from '../../src/activities/sweep/finish.ts';
import { resolveParameters } from '../../src/activities/sweep/parameters.ts';
import { planUndo } from '../../src/activities/sweep/plan-undo.ts';
import { surveyRun } from '../../src/activities/sweep/survey-run.ts';
import type { Sweepable } from '../../src/activities/sweep/sweepable.ts';
import type { RunContext } from '../../src/activities/sweep/types.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Db } from '../../src/database/schema.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { takeLease } from '../../src/state/locks/leases.ts';
import { beginRun, getRun, toRunJson } from '../../src/state/runs/runs.ts';
import { identity } from '../state/runs-of.ts';
import { sweepDeps } from './sweep-deps.ts';

/** A run as its record shows it, with its number. */
export type NumberedRun = RunJson & { readonly no: number };

/** Runs of a job on one collection, without Temporal: the activities are called one after the other. */
export function jobRuns(db: Db, id: string, sweepable: Sweepable) {
  const found = loadConfig({}).jobs.find(({ job }) => job.id === id);
  if (found === undefined) throw new Error('the job is not in the catalogue');
  const job = { ...found, collections: [sweepable.collection] };
  const deps = sweepDeps(
    db,
    () => job,
    () => [sweepable],
  );
  const signal = new AbortController().signal;

  async function begin(
    kind: 'sweep' | 'undo',
    given: Record<string, unknown>,
    undoes: string | null,
  ): Promise<RunContext> {
    const parameters = kind === 'undo' ? {} : resolveParameters(job, given);
    const asked = { ...identity(), job: job.job.id, kind, parameters, requestedBy: null, undoes, ledger: true };
    const { no, run_id, workflow_id, namespace } = await beginRun(db, asked);
    const lease = await takeLease(db, run_id, { runId: run_id, workflowId: workflow_id, namespace });
    return {
      ...{ runId: run_id, workflowId: workflow_id, namespace, installation: 'test', job: job.job.id, kind, runNo: no },
      ...{ lease, parameters, partition: null, retry: job.retry, ledger: true, concurrency: 1, timings: deps.timings },
      ...{ searchAttributes: false, configuration: {} },
    };
  }

  async function end(run: RunContext, status: 'held' | null): Promise<NumberedRun> {
    await finish(deps, { run, status, error: null });
    return { ...(await toRunJson(db, await getRun(db, run.runId))), no: run.runNo };
  }

  const survey = (run: RunContext, approval: Parameters<typeof surveyRun>[1]['approval'] = null) =>
    surveyRun(deps, { run, approval, deadLetters: null }, signal);

  async function work(run: RunContext, surveyed: Awaited<ReturnType<typeof survey>>, alone: boolean) {
    const { cutoff, fingerprints, due, partitions } = surveyed;
    const plan = { cutoff, fingerprints, due, partitions, undoneRunNo: null };
    await drain(deps, { run, plan, from: 1, to: partitions, alone }, signal);
  }

  return {
    /** `meanwhile` happens between survey and work. `together`: small partitions share their transactions. */
    run: async (
      given: Record<string, unknown> = {},
      meanwhile: () => Promise<unknown> = async () => {},
      { together = false }: { readonly together?: boolean } = {},
    ) => {
      const run = await begin('sweep', given, null);
      const surveyed = await survey(run);
      if (surveyed.excess.length > 0) return end(run, 'held');
      await meanwhile();
      await work(run, surveyed, !together);
      return end(run, null);
    },
    /** A run whose worker is lost after its survey. */
    surveyed: async (given: Record<string, unknown> = {}) => {
      await survey(await begin('sweep', given, null));
    },
    approve: async ({ run_id }: RunJson, by = 'a person') => {
      const { survey: held } = await getRun(db, run_id);
      const run = await begin('sweep', {}, null);
      const approval = {
        survey_hash: held?.hash ?? '',
        by,
        at: new Date().toISOString(),
        held_run: run_id,
        approved_run: null,
      };
      await work(run, await survey(run, approval), true);
      return end(run, null);
    },
    undo: async ({ run_id }: Pick<RunJson, 'run_id'>) => {
      const run = await begin('undo', {}, run_id);
      const plan = await planUndo(deps, run, run_id);
      await drain(deps, { run, plan, from: 1, to: 2 ** 31 - 1, alone: true }, signal);
      return end(run, null);
    },
  };
}
