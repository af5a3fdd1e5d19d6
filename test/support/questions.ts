import { sql } from 'kysely';
import { insightsOf } from '../../src/activities/insight-generation/index.ts';
import { resolveParameters } from '../../src/activities/sweep/parameters.ts';
import { topicExtractionSweepable } from '../../src/activities/topic-extraction/index.ts';
import { Rewriter } from '../../src/activities/weekly-report/reword.ts';
import { reportsOf } from '../../src/activities/weekly-report/write-reports.ts';
import { loadConfig } from '../../src/config/load.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import type { Model } from '../../src/language/model/port.ts';
import { createTextAnalyser } from '../../src/language/words/analyse-text.ts';
import { createSimilaritySearch, type SimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { resultTable } from '../../src/state/intelligence/tables.ts';
import type { RowStore } from '../../src/stores/ports/row-store.ts';
import { type LoadedQuery, loadQueryRows } from '../../src/stores/postgres/load-queries.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { jobRuns } from './job-runs.ts';
import { sweepDeps, sweepRun } from './sweep-deps.ts';

let made = 0;

/** A collection of questions in the default schema, and runs of `topic-extraction` on it. */
export async function questionsOf(db: Db, existing?: string, model: Model | null = null) {
  made += 1;
  const name = existing ?? `questions_${made}`;
  const mapping = toMapping(name, { kind: 'queries' });
  const store = createRowStore(mapping);
  await db.transaction().execute((tx) => store.ensureDefaultSchema(tx));
  const search = createSimilaritySearch({ threads: 1 });
  const tools = { search, model, analyser: () => createTextAnalyser() };
  const extractions = async () => {
    const { rows } = await sql<{
      query_id: string;
      user_id: string;
      language: string | null;
      phrases: string[];
      topic_id: string | null;
      topic: string | null;
      answered: boolean;
      answer_score: number | null;
    }>`select query_id, user_id, language, phrases, topic_id, topic, answered, answer_score from ${resultTable('topic_extractions')}
      where collection = ${name} order by query_id`.execute(db);
    return rows;
  };
  return {
    name,
    mapping,
    store,
    ...questionTasks(db, store, search),
    load: (queries: readonly LoadedQuery[]) => loadQueryRows(db, mapping, queries),
    extractions,
    /** The same with what a second run may not change. */
    image: async () => {
      const { rows } = await sql<{ line: string }>`
        select e::text as line from ${resultTable('topic_extractions')} e where collection = ${name} order by 1`.execute(
        db,
      );
      return rows.map(({ line }) => line);
    },
    ...jobRuns(db, 'topic-extraction', topicExtractionSweepable(store, tools)),
    close: () => search.close(),
  };
}

/** Runs of the tasks on questions, without Temporal. */
function questionTasks(db: Db, store: RowStore, search: SimilaritySearch) {
  const { jobs } = loadConfig({});
  const settings = (id: string) => {
    const found = jobs.find(({ job }) => job.id === id);
    if (found === undefined) throw new Error(`the catalogue has no job ${id}`);
    return found;
  };
  const deps = { ...sweepDeps(db, settings, () => []), collections: [{ store, vectors: null }], search };
  const begin = async (id: string, given: Record<string, unknown>) => {
    const run = await sweepRun(db, settings(id), 'sweep');
    return { ...run, job: id, parameters: resolveParameters(settings(id), given) };
  };
  return {
    /** `stopAfter`: the worker is lost after so many steps. */
    insights: async (given: Record<string, unknown> = {}, stopAfter = Number.POSITIVE_INFINITY) => {
      const run = await begin('insight-generation', given);
      let steps = 0;
      for await (const _ of insightsOf(deps, run, null, new AbortController().signal)) {
        steps += 1;
        if (steps >= stopAfter) return;
      }
    },
    /** With a model, in its wording. */
    reports: async (now: Date, given: Record<string, unknown> = {}, model: Model | null = null) => {
      const run = await begin('weekly-report', given);
      const budget = { take: async () => true, settle: async () => {} };
      const { signal } = new AbortController();
      const rewriter = model === null ? null : new Rewriter({ model, modelName: null, budget, signal });
      for await (const _ of reportsOf(deps, run, now, null, rewriter));
    },
  };
}
