import pg from 'pg';
import { openDatabase } from '../src/database/database.ts';
import { createTextAnalyser } from '../src/language/words/analyse-text.ts';
import { migrate } from '../src/state/migrate.ts';
import { throughCoppice } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { extractOld, groupOld, inQuestionDatabase, newOneIn } from './question-database.ts';
import { megabytes, type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';

/** New questions a second beside a bare loop that finds, tokenises and inserts the same. */
export async function compareTopicsWithBareLoop(servers: Servers, { rows, rounds }: BenchOptions): Promise<Section> {
  const fresh = Math.floor(rows / newOneIn);
  const speed = { bare: [] as number[], ours: [] as number[] };
  const memory: number[] = [];
  const bare = async () => {
    const ms = await inQuestionDatabase(servers, rows, async (url) => {
      await prepared(url, extractOld);
      return bareLoop(url);
    });
    speed.bare.push((fresh / ms) * 1000);
  };
  const ours = async () => {
    const run = await inQuestionDatabase(servers, rows, async (url) => {
      const db = openDatabase({ url });
      await migrate(db, async () => {});
      await db.destroy();
      await prepared(url, extractOld);
      await prepared(url, groupOld);
      return throughCoppice(servers, url, {
        ...{ job: 'topic-extraction', counts: 'extracted_queries', collections: { queries: { kind: 'queries' } } },
      });
    });
    if (run.documents !== fresh) throw new Error(`${run.documents} questions were extracted, not ${fresh}`);
    speed.ours.push((fresh / run.ms) * 1000);
    if (run.workerBytes !== null) memory.push(run.workerBytes);
  };
  for (let round = 1; round <= rounds; round++) {
    // The second contestant finds the machine warmer, or busier.
    for (const contestant of round % 2 === 1 ? [bare, ours] : [ours, bare]) await contestant();
    log(`round ${round}: bare ${whole(speed.bare.at(-1) ?? 0)}, ours ${whole(speed.ours.at(-1) ?? 0)} questions/s`);
  }
  return {
    versions: servers.versions,
    header: ['questions', 'contestant', 'new questions/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
    rows: [
      [whole(rows), 'bare tokenise-and-insert loop', ...speeds(speed.bare), shares(ratios(speed.ours, speed.bare))],
      [whole(rows), 'Coppice through Temporal', ...speeds(speed.ours), ''],
    ],
    facts: [
      ['new questions', whole(fresh)],
      ["worker's peak memory", megabytes(memory.length === 0 ? null : Math.max(...memory))],
    ],
  };
}

async function prepared(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client);
  await client.end();
}

const batchRows = 1_000;

/**
 * The loop of a good script: one anti-join, the same words and phrases, an insert for each thousand. Returns its time
 * in ms.
 */
async function bareLoop(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const startedAt = performance.now();
  const analyser = await createTextAnalyser();
  const { rows } = await client.query<{ id: string; user: string; question: string; asked: Date }>(
    `select q.id, q.user_id as "user", q.question, q.asked_at as asked from knowledge.query_history q
      where not exists (select from knowledge.topic_extractions e where e.collection = 'queries' and e.query_id = q.id)`,
  );
  for (let at = 0; at < rows.length; at += batchRows) {
    const batch = rows.slice(at, at + batchRows).map(({ question, ...row }) => {
      const { language, phrases, key } = analyser.analyse(question);
      return {
        ...row,
        language,
        key,
        phrases: phrases.map(({ text }) => text),
        terms: phrases.map(({ term }) => term),
      };
    });
    await client.query(
      `insert into knowledge.topic_extractions (collection, query_id, user_id, asked_at, language, method, phrases, terms,
          question_key, answered)
        select 'queries', id, "user", asked, language, 'keyword', phrases, terms, key, true
        from jsonb_to_recordset($1::jsonb) as r (id text, "user" text, asked timestamptz, language text, phrases text[],
          terms text[], key text)`,
      [JSON.stringify(batch)],
    );
  }
  const ms = performance.now() - startedAt;
  await client.end();
  return ms;
}
