import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { profileMaintenanceSweepable } from '../../src/activities/profile-maintenance/index.ts';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import type { RunJson } from '../../src/domain/run.ts';
import { createOpenAiChat } from '../../src/language/model/openai-chat.ts';
import type { Model } from '../../src/language/model/port.ts';
import { type EntityResult, entityResults } from '../../src/state/proposals/entity-results.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { type AskedModel, type FakeModel, type ModelReply, startFakeModel } from './fake-model.ts';
import { jobRuns, type NumberedRun } from './job-runs.ts';

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

/** Runs of `profile-maintenance` on one collection, without Temporal. */
export function profileRuns(db: Db, name: string, settings: CollectionSettings, model: Model | null) {
  const mapping = toMapping(name, { kind: 'attributes', ...settings });
  const store = createRowStore(mapping);
  const sweepable = profileMaintenanceSweepable(store, { model, modelName: 'small' });
  const runs = jobRuns(db, 'profile-maintenance', sweepable);
  const withResults = async (run: NumberedRun): Promise<ProfileRun> => {
    const results = await entityResults(db, run.no, { seen: null, after: null, limit: 1_000 });
    return { run, results };
  };
  return {
    /** `meanwhile` happens between proposal and apply. */
    run: async (given: Record<string, unknown> = {}, meanwhile?: () => Promise<unknown>) =>
      withResults(await runs.run(given, meanwhile)),
    /** Makes the ledger's tables, as `coppice migrate` does. */
    prepare: () => db.transaction().execute((tx) => store.ensureLedger(tx)),
    surveyed: runs.surveyed,
    /** A preview, which asks and stores; returns what it says. */
    previewed: async () => {
      const open = await sweepable.open(db);
      const parameters = { max_calls: 100, max_tokens: 1_000_000, max_share: 0.5, entity_type: 'user', bot_id: '*' };
      const terms = { cutoff: new Date(), parameters, respectHolds: true };
      return (await open.observe(db, terms, null, new AbortController().signal)).notes ?? [];
    },
    approve: async (run: RunJson, by?: string) => withResults(await runs.approve(run, by)),
    undo: async (run: RunJson) => withResults(await runs.undo(run)),
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
