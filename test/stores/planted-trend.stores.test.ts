import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/domain/random.ts';
import { type Passage, readPassages } from '../support/passages.ts';
import { questionsOf } from '../support/questions.ts';
import { describeOnDatabase } from '../support/stores.ts';

const weeks = 9;
const hourMs = 3_600_000;
const users = 40;
/** Questions of a package in a week, and in a week of three times as many. */
const [usual, planted] = [16, 48];

/** Sentences as questions, some of them asked again in another week. */
function asked(passages: readonly Passage[], trend: string | null, seed: number) {
  const random = seededRandom(seed);
  const midnight = Math.floor(Date.now() / (24 * hourMs)) * 24 * hourMs;
  return [...new Set(passages.map((one) => one.class))].flatMap((name) =>
    Array.from({ length: weeks }, (_, week) => {
      const count = week === 0 && name === trend ? planted : usual;
      const chosen = passages
        .filter((one) => one.class === name)
        .map((passage) => ({ passage, rank: random() }))
        .sort((one, other) => one.rank - other.rank)
        .slice(0, count);
      return chosen.map(({ passage: { text, vector } }, at) => ({
        ...{ id: `${name} ${week} ${at}`, user: `user-${Math.floor(random() * users)}`, question: text, vector },
        answer: 'see the manual',
        asked_at: new Date(midnight - (week * 7 * 24 + Math.floor(random() * 7 * 24) + 1) * hourMs).toISOString(),
      }));
    }).flat(),
  );
}

describeOnDatabase('native', 'a trend in what is asked about the documentation of ten packages', (database) => {
  /** Packages of the questions whose topics the organisation's insights call emerging. */
  async function emerging(trend: string | null, seed: number): Promise<string[]> {
    const questions = await questionsOf(database.db);
    await questions.load(asked(readPassages(), trend, seed));
    await questions.run();
    await questions.insights();
    const { rows } = await sql<{ query_id: string }>`
      select distinct e.query_id from knowledge.user_insights i join knowledge.topic_extractions e
        on e.collection = i.collection and e.organisation_topic_id = i.subject
      where i.collection = ${questions.name} and i.scope = 'organisation' and i.kind = 'emerging'`.execute(database.db);
    await questions.close();
    return rows.map(({ query_id }) => query_id.split(' ')[0] ?? '');
  }

  test('is reported where one package is asked about three times as often in the last week', async () => {
    const found = await emerging('python-cryptography-doc', 1);
    const own = found.filter((name) => name === 'python-cryptography-doc').length;
    expect(own / found.length).toBeGreaterThan(0.5);
  });

  test('is not reported where nothing changed', async () => {
    expect(await emerging(null, 2)).toEqual([]);
  });
});
