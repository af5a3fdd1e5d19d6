import { sql } from 'kysely';
import { topicExtractionSweepable } from '../../src/activities/topic-extraction/index.ts';
import { toMapping } from '../../src/config/mapping.ts';
import type { Db } from '../../src/database/schema.ts';
import { createTextAnalyser } from '../../src/language/words/analyse-text.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { type LoadedQuery, loadQueryRows } from '../../src/stores/postgres/load-queries.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { jobRuns } from './job-runs.ts';

let made = 0;

/** A collection of questions in the default schema, and runs of `topic-extraction` on it. */
export async function questionsOf(db: Db) {
  made += 1;
  const name = `questions_${made}`;
  const mapping = toMapping(name, { kind: 'queries' });
  const store = createRowStore(mapping);
  await db.transaction().execute((tx) => store.ensureDefaultSchema(tx));
  const search = createSimilaritySearch({ threads: 1 });
  const tools = { search, analyser: () => createTextAnalyser() };
  const extractions = async () => {
    const { rows } = await sql<{
      query_id: string;
      user_id: string;
      language: string | null;
      phrases: string[];
      topic_id: string | null;
      topic: string | null;
    }>`select query_id, user_id, language, phrases, topic_id, topic from knowledge.topic_extractions
      where collection = ${name} order by query_id`.execute(db);
    return rows;
  };
  return {
    name,
    mapping,
    store,
    load: (queries: readonly LoadedQuery[]) => loadQueryRows(db, mapping, queries),
    extractions,
    /** The same with what a second run may not change. */
    image: async () => {
      const { rows } = await sql<{ line: string }>`
        select e::text as line from knowledge.topic_extractions e where collection = ${name} order by 1`.execute(db);
      return rows.map(({ line }) => line);
    },
    ...jobRuns(db, 'topic-extraction', topicExtractionSweepable(store, tools)),
    close: () => search.close(),
  };
}
