import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { profileMaintenanceSweepable } from '../../src/activities/profile-maintenance/index.ts';
import { drain } from '../../src/activities/sweep/drain.ts';
import { finish } from '../../src/activities/sweep/finish.ts';
import { resolveParameters } from '../../src/activities/sweep/parameters.ts';
import { planUndo } from '../../src/activities/sweep/plan-undo.ts';
import { surveyRun } from '../../src/activities/sweep/survey-run.ts';
import type { RunContext } from '../../src/activities/sweep/types.ts';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { createOpenAiChat } from '../../src/language/model/openai-chat.ts';
import type { Model } from '../../src/language/model/port.ts';
import { takeLease } from '../../src/state/locks/leases.ts';
import { type EntityResult, entityResults } from '../../src/state/proposals/entity-results.ts';
import { beginRun, getRun, toRunJson } from '../../src/state/runs/runs.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { identity } from '../state/runs-of.ts';
import { type AskedModel, type FakeModel, type ModelReply, startFakeModel } from './fake-model.ts';
import { sweepDeps } from './sweep-deps.ts';

/** Lines of a question, as the model is shown them. */
export function linesOf({ user }: AskedModel): { line: number; category: string; key: string; value: string }[] {
  return user
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line));
}

export interface AskedProfiles {
  readonly fake: FakeModel;
  readonly model: Model;
}

export async function profileModel(
  reply: (asked: AskedModel, number: number) => ModelReply | Promise<ModelReply>,
  maxConcurrent = 4,
): Promise<AskedProfiles> {
  const fake = await startFakeModel(reply);
  onTestFinished(() => fake.stop());
  const model = createOpenAiChat({
    ...{ url: fake.url, model: 'small', apiKey: 'secret-key', timeoutMs: 2_000, patienceMs: 5_000, firstPauseMs: 1 },
    ...{
      maxAnswerBytes: 100_000,
      maxAnswerTokens: 1_000,
      maxQuestionTokens: 10_000,
      maxConcurrent,
      callsPerMinute: null,
    },
  });
  return { fake, model };
}

interface ProfileRun {
  readonly run: RunJson;
  readonly results: readonly EntityResult[];
}

/** Runs of `profile-maintenance` on one collection, without Temporal: the activities are called one after the other. */
export function profileRuns(db: Db, name: string, settings: CollectionSettings, model: Model | null) {
  const mapping = toMapping(name, { kind: 'attributes', ...settings });
  const store = createRowStore(mapping);
  const found = loadConfig({}).jobs.find(({ job }) => job.id === 'profile-maintenance');
  if (found === undefined) throw new Error('the job is not in the catalogue');
  const job = { ...found, collections: [name] };
  const sweepables = () => [profileMaintenanceSweepable(store, { model, modelName: 'small' })];
  const deps = sweepDeps(db, () => job, sweepables);
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

  async function end(run: RunContext, status: 'held' | null): Promise<ProfileRun> {
    await finish(deps, { run, status, error: null });
    const results = await entityResults(db, run.runNo, { seen: null, after: null, limit: 1_000 });
    return { run: await toRunJson(db, await getRun(db, run.runId)), results };
  }

  const survey = (run: RunContext, approval: Parameters<typeof surveyRun>[1]['approval'] = null) =>
    surveyRun(deps, { run, approval, deadLetters: null }, signal);

  return {
    /** `meanwhile` happens between proposal and apply. */
    run: async (given: Record<string, unknown> = {}, meanwhile: () => Promise<unknown> = async () => {}) => {
      const run = await begin('sweep', given, null);
      const { cutoff, fingerprints, due, partitions, excess } = await survey(run);
      if (excess.length > 0) return end(run, 'held');
      await meanwhile();
      const plan = { cutoff, fingerprints, due, partitions, undoneRunNo: null };
      await drain(deps, { run, plan, from: 1, to: partitions, alone: true }, signal);
      return end(run, null);
    },
    /** Makes the ledger's tables, as `coppice migrate` does. */
    prepare: () => db.transaction().execute((tx) => store.ensureLedger(tx)),
    /** A run whose worker is lost after it has proposed. */
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
      const { cutoff, fingerprints, due, partitions } = await survey(run, approval);
      await drain(
        deps,
        {
          run,
          plan: { cutoff, fingerprints, due, partitions, undoneRunNo: null },
          from: 1,
          to: partitions,
          alone: true,
        },
        signal,
      );
      return end(run, null);
    },
    undo: async ({ run_id }: RunJson) => {
      const run = await begin('undo', {}, run_id);
      const plan = await planUndo(deps, run, run_id);
      await drain(deps, { run, plan, from: 1, to: 2 ** 31 - 1, alone: true }, signal);
      return end(run, null);
    },
  };
}

/** Proposals by state. */
export async function proposalStates(db: Db, collection: string): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`
    select state, count(*)::int8 as count from coppice.proposals where collection = ${collection} group by state`.execute(
    db,
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}
