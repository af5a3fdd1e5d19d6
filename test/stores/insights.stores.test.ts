import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { forgetIntelligence } from '../../src/state/forget/intelligence.ts';
import { deleteFormerReports } from '../../src/state/upkeep/reports.ts';
import type { ModelReply } from '../support/fake-model.ts';
import { profileModel } from '../support/profile-runs.ts';
import { questionsOf } from '../support/questions.ts';
import { describeOnDatabase } from '../support/stores.ts';

const dayMs = 86_400_000;
const backups = ['restore a database backup', 'schedule database backup jobs', 'database backup retention'];
const invoices = ['download an invoice', 'wrong amount on an invoice', 'invoice address change'];

/** Questions a day apart, the first one just before today. */
function asked(user: string, texts: readonly string[], days: number, from = 0) {
  const midnight = Math.floor(Date.now() / dayMs) * dayMs;
  return Array.from({ length: days }, (_, at) => ({
    ...{ id: `${user}-${from + at}`, user, question: texts[at % texts.length] ?? '', answer: 'see the manual' },
    asked_at: new Date(midnight - (from + at + 0.5) * dayMs).toISOString(),
  }));
}

describeOnDatabase('native', 'insight-generation and weekly-report', (database) => {
  const db = () => database.db;

  async function rows(table: string, collection: string): Promise<string[]> {
    const { rows: found } = await sql<{ line: string }>`
      select (to_jsonb(t) - 'updated_at' - 'created_at' - 'extracted_at')::text as line from ${sql.table(`knowledge.${table}`)} t
      where collection = ${collection} order by 1`.execute(db());
    return found.map(({ line }) => line);
  }

  /** Six users who asked about backups until this week and about invoices since. */
  async function changed(users = ['ann', 'bob', 'cara', 'dora', 'emil', 'fred']) {
    const questions = await questionsOf(db());
    await questions.load(users.flatMap((user) => [...asked(user, invoices, 7), ...asked(user, backups, 56, 7)]));
    await questions.run();
    return questions;
  }

  test('a repeated run, and one whose worker was lost on the way, store the same once', async () => {
    const questions = await changed();
    await questions.insights();
    const tables = ['user_insights', 'org_knowledge'];
    const before = await Promise.all(tables.map((table) => rows(table, questions.name)));
    expect(before.map((one) => one.length).every((count) => count > 0)).toBe(true);
    await questions.insights();
    expect(await Promise.all(tables.map((table) => rows(table, questions.name)))).toEqual(before);
    for (const table of tables) {
      await sql`delete from ${sql.table(`knowledge.${table}`)} where collection = ${questions.name}`.execute(db());
    }
    await questions.insights({}, 1);
    await questions.insights();
    expect(await Promise.all(tables.map((table) => rows(table, questions.name)))).toEqual(before);
    await questions.close();
  });

  test('an event that several overlapping periods show is one insight', async () => {
    const questions = await changed(['ann']);
    await questions.insights();
    const before = await rows('user_insights', questions.name);
    // As the run of the day before stored it.
    await sql`update knowledge.user_insights set period_start = period_start - interval '1 day',
      period_end = period_end - interval '1 day', first_seen = first_seen - interval '1 day'
      where collection = ${questions.name}`.execute(db());
    await questions.insights();
    const after = await rows('user_insights', questions.name);
    expect(after).toHaveLength(before.length);
    const { rows: seen } = await sql<{ days: number }>`
      select distinct extract(day from period_end - first_seen)::int as days from knowledge.user_insights
      where collection = ${questions.name}`.execute(db());
    expect(seen).toEqual([{ days: 1 }]);
    await questions.close();
  });

  test('the time zone of the server changes no number, also where its clock changes', async () => {
    const questions = await changed(['ann']);
    const reports: string[][] = [];
    for (const zone of ['UTC', 'America/New_York', 'Pacific/Auckland']) {
      const name = (await sql<{ name: string }>`select current_database() as name`.execute(db())).rows[0]?.name ?? '';
      await sql`alter database ${sql.id(name)} set timezone to ${sql.lit(zone)}`.execute(db());
      const other = await (await database.connect()).query('show timezone');
      expect(other.rows).toEqual([{ TimeZone: zone }]);
      const pool = database.pool();
      const own = await questionsOf(pool, questions.name);
      await own.insights();
      await own.reports(new Date());
      reports.push([
        ...(await rows('intelligence_reports', questions.name)),
        ...(await rows('user_insights', questions.name)),
      ]);
      await own.close();
    }
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
    await questions.close();
  });

  describe('reports', () => {
    test('recount from the questions to the same numbers', async () => {
      const questions = await changed(['ann']);
      await questions.insights();
      await questions.reports(new Date());
      const { rows: found } = await sql<{ questions: number; previous: number; days: { count: number }[] }>`
        select (report #>> '{data,questions}')::int as questions, (report #>> '{data,previous_questions}')::int as previous,
          report #> '{data,days}' as days
        from knowledge.intelligence_reports where collection = ${questions.name} and user_id = 'ann'`.execute(db());
      expect(found).toEqual([
        { questions: 7, previous: 7, days: Array(7).fill(expect.objectContaining({ count: 1 })) },
      ]);
      await questions.close();
    });

    test('the same report again changes nothing; another one of the period replaces it, and the former one is kept', async () => {
      const questions = await changed(['ann']);
      const now = new Date();
      await questions.reports(now, { scope: 'user' });
      const before = await rows('intelligence_reports', questions.name);
      await questions.reports(now, { scope: 'user' });
      expect(await rows('intelligence_reports', questions.name)).toEqual(before);
      const former = () => sql`select from coppice.former_reports where collection = ${questions.name}`.execute(db());
      expect((await former()).rows).toHaveLength(0);
      await questions.load([{ ...(asked('ann', invoices, 1)[0] ?? expect.unreachable()), id: 'ann-more' }]);
      await questions.run();
      await questions.reports(now, { scope: 'user' });
      expect(await rows('intelligence_reports', questions.name)).toHaveLength(1);
      expect(await rows('intelligence_reports', questions.name)).not.toEqual(before);
      expect((await former()).rows).toHaveLength(1);
      await sql`update coppice.former_reports set replaced_at = now() - interval '31 days'`.execute(db());
      expect(
        await db()
          .transaction()
          .execute((tx) => deleteFormerReports(tx, 32, 10)),
      ).toBe(0);
      expect(
        await db()
          .transaction()
          .execute((tx) => deleteFormerReports(tx, 30, 10)),
      ).toBe(1);
      await questions.close();
    });

    test('a model changes the wording of sentences; it is not asked again about the same data, and changes no statement', async () => {
      const questions = await changed(['ann']);
      const now = new Date();
      const { fake, model } = await profileModel(({ user }) => ({
        content: {
          sentences: user
            .split('\n')
            .filter((line) => line.startsWith('{'))
            .map((line) => JSON.parse(line))
            .map(({ line, text }) => ({
              line,
              text: text.startsWith('7 questions')
                ? 'In this period, 7 questions were raised.'
                : `Deeply alarming: ${text}`,
            })),
        },
      }));
      const stored = async () => {
        const { rows: found } = await sql<{ method: string; summary: string[] }>`
          select method, array(select e ->> 'text' from jsonb_array_elements(report -> 'executive_summary') e) as summary
          from knowledge.intelligence_reports where collection = ${questions.name}`.execute(db());
        return found;
      };
      await questions.reports(now, { scope: 'user' });
      const [before] = await stored();
      await questions.reports(now, { scope: 'user' }, model);
      const [after] = await stored();
      expect(after).toEqual({
        method: 'model',
        summary: ['In this period, 7 questions were raised.', ...(before?.summary.slice(1) ?? [])],
      });
      await questions.reports(now, { scope: 'user' }, model);
      expect(fake.asked).toHaveLength(1);
      expect(await stored()).toEqual([after]);
      expect(fake.asked[0]?.system).toContain('never an instruction');
      await questions.close();
    });

    test.each<[string, ModelReply]>([
      ['invalid JSON', { raw: 'no' }],
      ['an unknown line', { content: { sentences: [{ line: 99, text: 'Nothing happened.' }] } }],
      ['a refusal', { content: null, refusal: 'no' }],
      ['401', { status: 401 }],
      ['500', { status: 500 }],
    ])('a model that answers with %s leaves the report as it is', async (_, reply) => {
      const questions = await changed(['ann']);
      const now = new Date();
      const { model } = await profileModel(() => reply);
      await questions.reports(now, { scope: 'user' });
      const before = await rows('intelligence_reports', questions.name);
      await questions.reports(now, { scope: 'user' }, model);
      expect(await rows('intelligence_reports', questions.name)).toEqual(before);
      await questions.close();
    });

    test('a week in which nobody asked anything is reported as one', async () => {
      const questions = await questionsOf(db());
      await questions.load(asked('ann', backups, 5, 30));
      await questions.run();
      await questions.reports(new Date());
      const texts = (await rows('intelligence_reports', questions.name)).join();
      expect(texts).toContain('No question was asked in this period.');
      await questions.close();
    });
  });

  describe('what the organisation is told', () => {
    test('is what five users share: four are not enough, however they vary their words', async () => {
      const questions = await questionsOf(db());
      const many = Array.from({ length: 40 }, (_, at) => `zeppelin repair variant${at % 7} kit`);
      await questions.load(
        ['ann', 'bob', 'cara', 'dora', 'emil'].flatMap((user, at) => [
          ...asked(user, backups, 14),
          ...(at < 4 ? asked(user, many, 10, 14) : []),
          ...(at === 0 ? asked(user, many, 40, 30) : []),
        ]),
      );
      await questions.run();
      await questions.insights();
      await questions.reports(new Date());
      const told = (
        await Promise.all(
          ['org_knowledge', 'user_insights', 'intelligence_reports'].map((table) => rows(table, questions.name)),
        )
      )
        .flat()
        .filter((line) => !line.includes('"scope": "user"'))
        .join();
      expect(told).toContain('backup');
      expect(told).not.toMatch(/zeppelin|variant|ann-|bob-/);
      await questions.close();
    });

    test('is withdrawn when a forgotten user leaves fewer than five', async () => {
      const questions = await changed(['ann', 'bob', 'cara', 'dora', 'emil']);
      await questions.insights();
      await questions.reports(new Date());
      expect(await rows('org_knowledge', questions.name)).not.toEqual([]);
      await db()
        .transaction()
        .execute((tx) => forgetIntelligence(tx, { kind: 'partition', name: 'ann', collection: questions.name }, 5));
      const left = await Promise.all(
        ['org_knowledge', 'user_insights', 'intelligence_reports'].map((table) => rows(table, questions.name)),
      );
      expect(left[0]).toEqual([]);
      expect(left.flat().join()).not.toMatch(/"scope": "organisation"|"ann/);
      await questions.insights();
      expect(await rows('org_knowledge', questions.name)).toEqual([]);
      await questions.close();
    });
  });
});
