import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getRun } from '../../src/state/runs/runs.ts';
import type { ModelReply } from '../support/fake-model.ts';
import { profileModel } from '../support/profile-runs.ts';
import { questionsOf } from '../support/questions.ts';
import { describeOnDatabase, describeOnDatabases } from '../support/stores.ts';

const day = (no: number) => new Date(Date.UTC(2026, 0, 1 + no)).toISOString();

const backups = ['restore a database backup', 'schedule database backup jobs', 'database backup retention'];
const invoices = ['download an invoice', 'wrong amount on an invoice', 'invoice address change'];

/** Each text once a day, turn by turn. */
function asked(user: string, texts: readonly string[], times: number, from = 0) {
  return Array.from({ length: times }, (_, at) => ({
    ...{ id: `${user}-${from + at}`, user, question: texts[at % texts.length] ?? '', answer: 'see the manual' },
    asked_at: day(from + at),
  }));
}

describeOnDatabases('topic-extraction, from the question to its undo', (database) => {
  test('questions are extracted once, grouped into topics, and an undo deletes what the run stored', async () => {
    const questions = await questionsOf(database.db);
    await questions.load([...asked('ann', [...backups, ...invoices], 12), ...asked('bob', backups, 3)]);
    const run = await questions.run();
    expect(run).toMatchObject({ status: 'success', totals: { extracted_queries: 15 } });
    const rows = await questions.extractions();
    expect(rows).toHaveLength(15);
    const topics = new Map(rows.filter(({ user_id }) => user_id === 'ann').map((row) => [row.query_id, row.topic_id]));
    const ids = (indexes: number[]) => new Set(indexes.map((at) => topics.get(`ann-${at}`)));
    const [one, other] = [ids([0, 1, 2, 6, 7, 8]), ids([3, 4, 5, 9, 10, 11])];
    expect([one.size, other.size]).toEqual([1, 1]);
    expect(one).not.toEqual(other);
    expect(rows.find(({ query_id }) => query_id === 'ann-0')?.topic).toContain('backup');

    const before = await questions.image();
    expect((await questions.run()).totals).toMatchObject({ extracted_queries: 0 });
    expect(await questions.image()).toEqual(before);

    const undone = await questions.undo(run);
    expect(undone).toMatchObject({ status: 'success', totals: { deleted_extractions: 15, refused: 0 } });
    expect(await questions.image()).toEqual([]);
    expect((await questions.undo(run)).totals).toMatchObject({ deleted_extractions: 0 });
    await questions.close();
  });
});

describeOnDatabase('native', 'topic-extraction', (database) => {
  let questions: Awaited<ReturnType<typeof questionsOf>>;
  beforeAll(async () => {
    questions = await questionsOf(database.db);
  });
  afterAll(() => questions.close());

  test('only questions without an extraction are read, and topics keep their ids', async () => {
    await questions.load(asked('cara', [...backups, ...invoices], 60));
    await questions.run();
    const before = await questions.extractions();
    await questions.load(asked('cara', [...backups, ...invoices], 6, 60));
    const run = await questions.run();
    expect(run.totals).toMatchObject({ extracted_queries: 6, new_topics: 0, gone_topics: 0 });
    const after = new Map((await questions.extractions()).map((row) => [row.query_id, row.topic_id]));
    expect(before.filter(({ query_id, topic_id }) => after.get(query_id) !== topic_id)).toEqual([]);
    expect(after.get('cara-60')).toBe(after.get('cara-0'));
  });

  test('a new question belongs to the closest topic at once, before topics are grouped again', async () => {
    await questions.load(asked('dora', [...backups, ...invoices], 60));
    await questions.run();
    await questions.load([{ id: 'dora-new', user: 'dora', question: 'database backup is slow', asked_at: day(70) }]);
    const run = await questions.run();
    const all = new Map((await questions.extractions()).map((row) => [row.query_id, row.topic_id]));
    expect(all.get('dora-new')).toBe(all.get('dora-0'));
    expect(run.totals.new_topics ?? 0).toBe(0);
  });

  test('users whose questions go together come to the same as each alone', async () => {
    const [alone, together] = [await questionsOf(database.db), await questionsOf(database.db)];
    for (const one of [alone, together]) {
      await one.load([
        ...asked('ann', [...backups, ...invoices], 12),
        ...asked('bob', backups, 6),
        ...asked('eve', invoices, 1),
      ]);
    }
    await alone.run();
    await together.run({}, async () => {}, { together: true });
    const shown = (rows: Awaited<ReturnType<typeof alone.extractions>>) =>
      rows.map(({ query_id, phrases, topic }) => ({ query_id, phrases, topic }));
    expect(shown(await together.extractions())).toEqual(shown(await alone.extractions()));
    await Promise.all([alone.close(), together.close()]);
  });

  test('topics follow the vectors of the rows where they have some', async () => {
    const own = await questionsOf(database.db);
    const vector = (at: number) => (at % 2 === 0 ? [1, 0.1 * at, 0] : [0, 0.1 * at, 1]);
    await own.load(
      Array.from({ length: 10 }, (_, at) => ({
        ...{ id: `v${at}`, user: 'ann', question: `same words in question`, asked_at: day(at), vector: vector(at % 4) },
      })),
    );
    await own.run();
    const topics = (await own.extractions()).map(({ topic_id }) => topic_id);
    expect(new Set(topics.filter((_, at) => at % 2 === 0)).size).toBe(1);
    expect(new Set(topics).size).toBe(2);
    await own.close();
  });

  test('any text is extracted: other languages, emoji, empty, and a megabyte', async () => {
    const own = await questionsOf(database.db);
    const texts = {
      de: 'Wie kann ich die Datensicherung einrichten?',
      zh: '如何配置数据库备份？',
      ar: 'كيف يمكن إعداد النسخ الاحتياطي',
      mixed: 'Warum ist das backup 数据库 so langsam 😀?',
      emoji: '😀😀',
      empty: '',
      long: 'database backup '.repeat(65_536),
    };
    await own.load(Object.entries(texts).map(([id, question]) => ({ id, user: 'ann', question, asked_at: day(0) })));
    expect((await own.run()).totals).toMatchObject({ extracted_queries: 7 });
    const found = new Map((await own.extractions()).map((row) => [row.query_id, row]));
    expect([...found].map(([id, { language }]) => [id, language])).toEqual([
      ['ar', 'arabic'],
      ['de', 'german'],
      ['emoji', null],
      ['empty', null],
      ['long', 'english'],
      ['mixed', 'german'],
      ['zh', 'chinese'],
    ]);
    expect(found.get('de')?.phrases).toContain('datensicherung');
    expect(found.get('zh')?.phrases).toContain('数据库备份');
    await own.close();
  });

  describe('rows that are not questions', () => {
    test('rows without a user, a time or a text are counted and left alone', async () => {
      const own = await questionsOf(database.db);
      await own.load(asked('ann', backups, 3));
      await sql`insert into knowledge.${sql.id(own.name)} (id, user_id, question, asked_at)
        values ('n1', null, 'no user', now()), ('n2', 'ann', null, now()), ('n3', 'ann', 'no time', null)`.execute(
        database.db,
      );
      const run = await own.run();
      expect(run.totals).toMatchObject({ extracted_queries: 3 });
      expect((await getRun(database.db, run.run_id)).survey).toMatchObject({ unscoped: 1, unreadable: 2 });
      await own.close();
    });

    test('a question that was changed, or answered later, is extracted again', async () => {
      const [first, second, third] = asked('rita', invoices, 3);
      if (first === undefined || second === undefined || third === undefined) throw new Error('there are three');
      await questions.load([first, { ...second, answer: null }, third]);
      await questions.run();
      const before = await questions.extractions();
      await questions.load([
        { ...first, question: 'restore a database backup' },
        { ...second, answer_score: 0.1 },
        third,
      ]);
      expect((await questions.run()).totals).toMatchObject({ extracted_queries: 2 });
      const of = (id: string) => questions.extractions().then((rows) => rows.find(({ query_id }) => query_id === id));
      expect((await of('rita-0'))?.phrases.join(' ')).toContain('backup');
      expect(await of('rita-1')).toMatchObject({ answered: true, answer_score: 0.1 });
      expect((await of('rita-2'))?.phrases).toEqual(before.find(({ query_id }) => query_id === 'rita-2')?.phrases);
      expect((await questions.run()).totals).toMatchObject({ extracted_queries: 0 });
    });

    test('extractions of deleted questions are deleted by the next run', async () => {
      const own = await questionsOf(database.db);
      await own.load(asked('ann', backups, 3));
      await own.run();
      await sql`delete from knowledge.${sql.id(own.name)} where id = 'ann-1'`.execute(database.db);
      await own.run();
      expect((await own.extractions()).map(({ query_id }) => query_id)).toEqual(['ann-0', 'ann-2']);
      await own.close();
    });
  });

  test('a run whose worker was lost after it had stored the questions leaves their topics to the next', async () => {
    const own = await questionsOf(database.db);
    await own.load(asked('ann', [...backups, ...invoices], 12));
    await own.run();
    const before = await own.extractions();
    // As the first of the two commits leaves it.
    await sql`delete from coppice.topics where collection = ${own.name}`.execute(database.db);
    await sql`update knowledge.topic_extractions set topic_id = null, topic = null where collection = ${own.name}`.execute(
      database.db,
    );
    await sql`update coppice.topic_scopes set next_no = 0, grouped_rows = 0, new_rows = 12 where collection = ${own.name}`.execute(
      database.db,
    );
    expect((await own.run()).totals).toMatchObject({ extracted_queries: 0 });
    expect(await own.extractions()).toEqual(before);
    await own.close();
  });

  test('an extraction that somebody changed stays when the run is undone, and is named', async () => {
    const own = await questionsOf(database.db);
    await own.load(asked('ann', backups, 3));
    const run = await own.run();
    await sql`update knowledge.topic_extractions set phrases = '{mine}' where collection = ${own.name}
      and query_id = 'ann-1'`.execute(database.db);
    expect((await own.undo(run)).totals).toMatchObject({ deleted_extractions: 2, refused: 1 });
    expect((await own.extractions()).map(({ phrases }) => phrases)).toEqual([['mine']]);
    await own.close();
  });
});

describeOnDatabase('native', 'topic-extraction with a language model', (database) => {
  const shownLines = ({ user }: { user: string }): { line: number; question: string }[] =>
    user
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line));
  const byModel = { method: 'model' };

  test('stores the phrases that the model chose among the words of each question, and asks once', async () => {
    const { fake, model } = await profileModel((asked) => ({
      content: { questions: shownLines(asked).map(({ line }) => ({ line, phrases: ['database backup'] })) },
    }));
    const own = await questionsOf(database.db, undefined, model);
    await own.load(asked('ann', backups, 3));
    expect((await own.run(byModel)).totals).toMatchObject({ extracted_queries: 3, keyword_fallbacks: 0 });
    expect((await own.extractions()).map(({ phrases }) => phrases)).toEqual(
      Array(3).fill(['database backup', 'database', 'backup']),
    );
    await own.run(byModel);
    expect(fake.asked).toHaveLength(1);
    await own.close();
  });

  test.each<[string, (lines: { line: number }[]) => ModelReply]>([
    [
      'invents words',
      (lines) => ({ content: { questions: lines.map(({ line }) => ({ line, phrases: ['zeppelin repair'] })) } }),
    ],
    ['names lines that it was not shown', () => ({ content: { questions: [{ line: 99, phrases: ['database'] }] } })],
    [
      'names a line twice',
      (lines) => ({
        content: { questions: [...lines, ...lines].map(({ line }) => ({ line, phrases: ['database'] })) },
      }),
    ],
    ['answers in another shape', () => ({ content: { topics: [] } })],
    ['fails', () => ({ status: 500 })],
  ])('a model that %s changes nothing: keywords are used, and the run counts them', async (_name, reply) => {
    const { model } = await profileModel((one) => reply(shownLines(one)));
    const [plain, own] = [await questionsOf(database.db), await questionsOf(database.db, undefined, model)];
    for (const one of [plain, own]) await one.load(asked('ann', backups, 3));
    await plain.run();
    expect((await own.run(byModel)).totals).toMatchObject({ extracted_queries: 3, keyword_fallbacks: 3 });
    const phrases = async (one: typeof own) => (await one.extractions()).map((row) => row.phrases);
    expect(await phrases(own)).toEqual(await phrases(plain));
    await Promise.all([plain.close(), own.close()]);
  });

  test('a prompt holds the questions of one user', async () => {
    const { fake, model } = await profileModel(() => ({ content: { questions: [] } }));
    const own = await questionsOf(database.db, undefined, model);
    await own.load([...asked('ann', backups, 3), ...asked('bob', invoices, 3)]);
    await own.run(byModel, async () => {}, { together: true });
    expect(
      fake.asked.map((one) => new Set(shownLines(one).map(({ question }) => question.includes('invoice'))).size),
    ).toEqual([1, 1]);
    await own.close();
  });

  test('without a model, and beyond its budget, keywords are used', async () => {
    const { fake, model } = await profileModel(() => ({ content: { questions: [] } }));
    const own = await questionsOf(database.db, undefined, model);
    await own.load(asked('ann', backups, 3));
    expect((await own.run({ ...byModel, max_calls: 0 })).totals).toMatchObject({ keyword_fallbacks: 3 });
    expect(fake.asked).toHaveLength(0);
    const none = await questionsOf(database.db);
    await none.load(asked('ann', backups, 3));
    const run = await none.run(byModel);
    expect(run.totals).toMatchObject({ keyword_fallbacks: 3 });
    const { survey } = await getRun(database.db, run.run_id);
    expect(survey?.collections?.[0]?.notes).toEqual([
      'no language model is configured: questions are extracted by keywords',
    ]);
    await Promise.all([own.close(), none.close()]);
  });
});
