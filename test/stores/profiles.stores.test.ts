import { sql } from 'kysely';
import { describe, expect, it, test } from 'vitest';
import type { CollectionSettings } from '../../src/config/collection-schema.ts';
import { getRun } from '../../src/state/runs/runs.ts';
import { linesOf, profileModel, profileRuns, proposalStates } from '../support/profile-runs.ts';
import { describeOnDatabase, describeOnDatabases, type SuiteDatabase } from '../support/stores.ts';

let made = 0;

interface Row {
  readonly id?: string;
  readonly entity?: string;
  readonly type?: string;
  readonly bot?: string | null;
  readonly category?: string;
  readonly key: string;
  readonly value: string;
  readonly day?: number;
}

/** A table of the application's with columns of its own, filled with rows a day apart. */
async function profileTable(
  { db }: SuiteDatabase,
  rows: readonly Row[],
  columns = '',
  id = 'text primary key default gen_random_uuid()::text',
) {
  made += 1;
  const name = `profiles_${made}`;
  await sql
    .raw(`create table ${name} (id ${id}, entity text, kind text, bot text, category text, attr text, val text,
    confidence real, origin text, changed timestamptz, tenant text not null default 'acme' ${columns})`)
    .execute(db);
  const insert = async (more: readonly Row[]) => {
    for (const [
      at,
      { entity = 'u1', type = 'user', bot = null, category = 'fact', key, value, day = at, ...row },
    ] of more.entries()) {
      await sql`insert into ${sql.id(name)} (id, entity, kind, bot, category, attr, val, confidence, origin, changed, tenant)
        values (${row.id ?? `${entity}-${key}-${day}`}, ${entity}, ${type}, ${bot}, ${category}, ${key}, ${value}, 0.5, 'chat',
          ${new Date(Date.UTC(2026, 0, 1 + day))}, 'other')`.execute(db);
    }
  };
  await insert(rows);
  const settings: CollectionSettings = {
    ...{
      table: `public.${name}`,
      entity: 'entity',
      entity_type: 'kind',
      bot: 'bot',
      category: 'category',
      key: 'attr',
    },
    ...{ value: 'val', confidence: 'confidence', source: 'origin', updated_at: 'changed' },
  };
  const stored = async () => {
    const { rows: all } = await sql<{ line: string }>`
      select concat_ws(' ', entity, category, attr || ':', val, confidence, origin, tenant) as line from ${sql.id(name)}
      order by entity, attr, val`.execute(db);
    return all.map(({ line }) => line);
  };
  const image = async () => {
    const { rows: all } = await sql<{ line: string }>`select t::text as line from ${sql.id(name)} t order by 1`.execute(
      db,
    );
    return all.map(({ line }) => line);
  };
  return { name, settings, insert, stored, image };
}

const both: readonly Row[] = [
  { key: 'likes', value: 'likes strong coffee', category: 'interest', day: 0 },
  { key: 'likes', value: 'enjoys strong coffee in the morning', category: 'interest', day: 1 },
  { key: 'city', value: 'Berlin', day: 2 },
];
const merged = {
  op: 'merge',
  lines: [1, 2],
  category: 'interest',
  key: 'likes',
  value: 'enjoys strong coffee in the morning',
};

/** One path on both kinds of PostgreSQL; what follows is the same SQL, and is tested on one. */
describeOnDatabases('profile-maintenance, from the answer to its undo', (database) => {
  const db = () => database.db;

  test('an answer is applied in one run, undone exactly, and neither asked nor applied again', async () => {
    const table = await profileTable(database, both);
    const before = await table.image();
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run, results } = await runs.run();
    expect(run).toMatchObject({
      status: 'success',
      totals: {
        attributes_before: 3,
        attributes_after: 2,
        maintained_profiles: 1,
        removed_attributes: 2,
        added_attributes: 1,
      },
    });
    expect(results).toEqual([
      {
        collection: table.name,
        partition: 'u1',
        subject: '["user",""]',
        before: 3,
        after: 2,
        categories: ['interest'],
        error: null,
      },
    ]);
    expect(await table.stored()).toEqual([
      'u1 fact city: Berlin 0.5 chat other',
      'u1 interest likes: enjoys strong coffee in the morning 0.9 maintenance other',
    ]);
    expect(fake.asked).toHaveLength(1);
    expect(linesOf(fake.asked[0] ?? expect.unreachable())).toHaveLength(3);
    // Attributes that the job wrote itself are no question.
    expect((await runs.run()).run.totals).toMatchObject({ maintained_profiles: 0, attributes_before: 0 });
    expect(fake.asked).toHaveLength(1);

    const undone = await runs.undo(run);
    expect(undone.run).toMatchObject({
      status: 'success',
      totals: { restored_attributes: 2, deleted_attributes: 1, refused: 0 },
    });
    expect(await table.image()).toEqual(before);
    expect((await runs.run()).run.totals).toMatchObject({ maintained_profiles: 0 });
    expect(await table.image()).toEqual(before);
    expect(fake.asked).toHaveLength(1);
    expect((await runs.undo(run)).run.totals).toMatchObject({ restored_attributes: 0, deleted_attributes: 0 });
  });
});

describeOnDatabase('native', 'profile-maintenance', (database) => {
  const db = () => database.db;

  describe('what the application does between proposal and apply', () => {
    async function disturbed(statement: (name: string) => string) {
      const table = await profileTable(database, both);
      const { model, fake } = await profileModel(() => ({ content: { operations: [merged] } }));
      const runs = profileRuns(db(), table.name, table.settings, model);
      const done = await runs.run({}, () => sql.raw(statement(table.name)).execute(db()));
      return { table, runs, fake, ...done };
    }

    test('an attribute that it writes survives', async () => {
      const { table, run } = await disturbed(
        (name) => `insert into ${name} (id, entity, category, attr, val) values ('new', 'u1', 'fact', 'pet', 'a dog')`,
      );
      expect(run.totals).toMatchObject({ maintained_profiles: 1 });
      expect((await table.stored()).join('\n')).toContain('u1 fact pet: a dog acme');
    });

    test.each([
      ['changes', (name: string) => `update ${name} set val = 'tea' where attr = 'likes' and val like 'likes%'`],
      ['changes, of a line that stays,', (name: string) => `update ${name} set val = 'Bonn' where attr = 'city'`],
      ['deletes', (name: string) => `delete from ${name} where val like 'likes%'`],
      ['moves to another entity', (name: string) => `update ${name} set entity = 'u2' where val like 'likes%'`],
    ])('a line that it %s leaves the profile as it is, and the next run asks anew', async (_, statement) => {
      const { table, runs, run, results, fake } = await disturbed(statement);
      expect(run.totals).toMatchObject({ maintained_profiles: 0, removed_attributes: 0, no_longer_due: 1 });
      expect(results).toMatchObject([{ partition: 'u1', error: expect.stringContaining('changed since') }]);
      expect((await table.stored()).join('\n')).not.toContain('maintenance');
      expect(fake.asked).toHaveLength(1);
      await runs.run();
      expect(fake.asked.length).toBeGreaterThan(1);
    });

    test('a line that it only dates anew does not', async () => {
      const { run } = await disturbed((name) => `update ${name} set confidence = 1 where attr = 'city'`);
      expect(run.totals).toMatchObject({ maintained_profiles: 1 });
    });
  });

  test('undo leaves an attribute that was changed since, names it, and restores the others', async () => {
    const table = await profileTable(database, both);
    const { model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run } = await runs.run();
    await sql`update ${sql.id(table.name)} set val = 'tea now' where origin = 'maintenance'`.execute(db());
    const undone = await runs.undo(run);
    expect(undone.run).toMatchObject({
      status: 'partial',
      totals: { restored_attributes: 2, deleted_attributes: 0, refused: 1 },
    });
    expect(await table.stored()).toHaveLength(4);
  });

  test('without a model rules alone decide, the survey says so, and a model that is configured later is asked', async () => {
    const table = await profileTable(database, [
      { key: 'city', value: 'Berlin' },
      { key: 'City', value: 'Munich', day: 1 },
      { key: 'job', value: 'baker', day: 2 },
      { key: 'mood', value: 'good morning', category: 'misc', day: 3 },
      { entity: 'u2', key: 'a', value: 'reads books' },
      { entity: 'u2', key: 'b', value: 'cooks soup' },
    ]);
    const alone = profileRuns(db(), table.name, table.settings, null);
    const { run } = await alone.run();
    expect(run.totals).toMatchObject({
      maintained_profiles: 1,
      removed_attributes: 2,
      attributes_before: 6,
      attributes_after: 4,
    });
    expect(run.notes).toEqual([`${table.name}: no model was asked; rules alone decided`]);
    expect(await table.stored()).toHaveLength(4);
    const { fake, model } = await profileModel(() => ({ content: { operations: [] } }));
    await profileRuns(db(), table.name, table.settings, model).run();
    // The profile that the run wrote is settled.
    expect(fake.asked.map((one) => linesOf(one)[0]?.value)).toEqual(['reads books']);
  });

  test('profiles of one entity with different bots and types are asked about and changed apart', async () => {
    const table = await profileTable(database, [
      ...both.map((row) => ({ ...row, bot: 'b1' })),
      ...both.map((row, at) => ({ ...row, id: `second-${at}`, bot: 'b2' })),
      ...both.map((row, at) => ({ ...row, id: `third-${at}`, type: 'bot' })),
    ]);
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run } = await runs.run({ bot_id: 'b1' });
    expect(run.totals).toMatchObject({ maintained_profiles: 1 });
    // Three of bot b2, and three of the entity type bot.
    expect(run.notes).toEqual([
      `${table.name}: 6 attributes of other entity types or bots are left out: entity_type is user, bot_id is b1`,
    ]);
    expect((await runs.run()).run.totals).toMatchObject({ maintained_profiles: 1 });
    expect((await runs.run({ entity_type: 'bot' })).run.totals).toMatchObject({ maintained_profiles: 1 });
    expect(fake.asked.map((one) => linesOf(one).length)).toEqual([3, 3, 3]);
  });

  test('a run for one bot applies nothing of another, though it is proposed', async () => {
    const table = await profileTable(database, [
      ...both.map((row) => ({ ...row, bot: 'b1' })),
      ...both.map((row, at) => ({ ...row, id: `second-${at}`, bot: 'b2' })),
      ...both.map((row, at) => ({ ...row, id: `third-${at}`, bot: 'b1', type: 'bot' })),
    ]);
    const { model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    await runs.run({ dry_run: true, entity_type: '*' });
    expect(await proposalStates(db(), table.name)).toEqual({ proposed: 3 });
    expect((await runs.run({ bot_id: 'b1' })).run.totals).toMatchObject({ maintained_profiles: 1 });
    expect((await runs.run({ entity_type: '*', entity_id: 'nobody' })).run.totals).toMatchObject({
      maintained_profiles: 0,
    });
    expect((await runs.run({ entity_type: '*' })).run.totals).toMatchObject({ maintained_profiles: 2 });
  });

  test('what rules found and a person undid stays undone, also once a model is configured', async () => {
    const table = await profileTable(database, [
      { key: 'city', value: 'Berlin' },
      { key: 'City', value: 'Munich', day: 1 },
      { key: 'job', value: 'baker', day: 2 },
    ]);
    const before = await table.image();
    const alone = profileRuns(db(), table.name, table.settings, null);
    const { run } = await alone.run();
    expect(run.totals).toMatchObject({ maintained_profiles: 1 });
    await alone.undo(run);
    const { fake, model } = await profileModel(() => ({ content: { operations: [] } }));
    await profileRuns(db(), table.name, table.settings, model).run();
    expect(await table.image()).toEqual(before);
    expect(fake.asked).toHaveLength(0);
  });

  test('a small budget serves the profile that waited longest', async () => {
    const table = await profileTable(
      database,
      ['late', 'early', 'middle'].flatMap((entity, at) =>
        both.map((row) => ({ ...row, entity, day: (row.day ?? 0) + ([200, 0, 100][at] ?? 0) })),
      ),
    );
    const { model } = await profileModel(() => ({ content: { operations: [merged] } }), 1);
    const runs = profileRuns(db(), table.name, table.settings, model);
    const done = async () => {
      const { results } = await runs.run({ max_calls: 1 });
      return results.filter(({ after }) => after === 2).map(({ partition }) => partition);
    };
    expect([await done(), await done(), await done()]).toEqual([['early'], ['middle'], ['late']]);
  });

  test('only the named entities are asked about', async () => {
    const table = await profileTable(
      database,
      ['u1', 'u2', 'u3'].flatMap((entity) => both.map((row) => ({ ...row, entity }))),
    );
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    expect((await runs.run({ entity_id: 'u1, u3' })).results.map(({ partition }) => partition)).toEqual(['u1', 'u3']);
    expect(fake.asked).toHaveLength(2);
  });

  test('two workers that ask the same at once pay once', async () => {
    const table = await profileTable(
      database,
      ['u1', 'u2', 'u3', 'u4'].flatMap((entity) => both.map((row) => ({ ...row, entity }))),
    );
    const { fake, model } = await profileModel(() => ({ content: { operations: [] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    await runs.prepare();
    await Promise.all([runs.surveyed(), runs.surveyed(), runs.surveyed()]);
    expect(fake.asked).toHaveLength(4);
    await runs.run();
    expect(fake.asked).toHaveLength(4);
  });

  test('a run that is lost after it has proposed leaves its answers to the next one', async () => {
    const table = await profileTable(database, both);
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    await runs.surveyed();
    expect((await runs.run()).run.totals).toMatchObject({ maintained_profiles: 1 });
    expect(fake.asked).toHaveLength(1);
  });

  test('a new prompt or model asks nothing again, unless it is wanted', async () => {
    const table = await profileTable(database, both);
    const { fake, model } = await profileModel(() => ({ content: { operations: [] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    await runs.run();
    await runs.run({ model: 'large' });
    expect(fake.asked).toHaveLength(1);
    await runs.run({ model: 'large', reask: true });
    await runs.run({ model: 'large', reask: true });
    expect(fake.asked.map((one) => one.model)).toEqual(['small', 'large']);
  });

  test('when the budget is spent the run goes on with rules alone, and the next one asks about the rest', async () => {
    const table = await profileTable(
      database,
      ['u1', 'u2', 'u3'].flatMap((entity) => both.map((row) => ({ ...row, entity }))),
    );
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }), 1);
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run } = await runs.run({ max_calls: 2 });
    expect(fake.asked).toHaveLength(2);
    expect(run).toMatchObject({
      status: 'success',
      totals: { maintained_profiles: 2, attributes_before: 9, attributes_after: 7 },
    });
    expect(run.notes?.join()).toContain('are spent');
    await runs.run({ max_tokens: 100 });
    expect(fake.asked).toHaveLength(2);
    await runs.run();
    expect(fake.asked).toHaveLength(3);
  });

  const lost = { op: 'replace', line: 3, category: 'fact', key: 'city', value: 'Munich' };
  it.each([
    ['an answer that breaks a rule', () => ({ content: { operations: [merged, lost] } }), 'loses', 1],
    ['prose', () => ({ content: 'I would merge them.' }), 'not_json', 1],
    ['an empty object', () => ({ content: {} }), 'wrong_shape', 1],
    [
      'a line that was not shown',
      () => ({ content: { operations: [{ op: 'drop', line: 4, reason: 'passing' }] } }),
      'line 4 does not exist',
      1,
    ],
    ['a refusal', () => ({ content: '', refusal: 'no' }), 'refused', 1],
    ['an answer that is cut off', () => ({ content: { operations: [merged] }, finish: 'length' }), 'truncated', 1],
    ['an endless answer', () => 'endless' as const, 'too_large', 1],
  ])('%s changes nothing, is named, and is not asked for again', async (_, reply, error, calls) => {
    const table = await profileTable(database, both);
    const before = await table.image();
    const { fake, model } = await profileModel(reply);
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run, results } = await runs.run();
    expect(run).toMatchObject({ status: 'success', totals: { maintained_profiles: 0, unchanged_with_error: 1 } });
    expect(results).toMatchObject([{ before: 3, after: 3, error: expect.stringContaining(error) }]);
    expect(await table.image()).toEqual(before);
    await runs.run();
    expect(fake.asked).toHaveLength(calls);
  });

  test('a run names what a preview before it could not use, and counts all that it looked at; a later one does not', async () => {
    const rows = ['u1', 'u2', 'u3', 'u4'].flatMap((entity) => both.map((row) => ({ ...row, entity })));
    const replies = [{ content: 'I would merge them.' }, { content: { operations: [merged, lost] } }];
    const asked = () => replies.shift() ?? { content: { operations: [] } };
    const table = await profileTable(database, rows);
    const before = await table.image();
    const { fake, model } = await profileModel(asked, 1);
    const runs = profileRuns(db(), table.name, table.settings, model);
    const said = expect.stringContaining('2 answers of the model were not used');
    expect(await runs.previewed()).toEqual([said]);
    // What was changed since is asked about anew.
    await table.insert([{ entity: 'u2', key: 'job', value: 'baker', day: 9 }]);
    const { run, results } = await runs.run();
    expect(run.notes).toEqual([expect.stringContaining('1 answer of the model was not used')]);
    expect(results.map(({ partition, before: lines, error }) => [partition, lines, error?.split(':')[0]])).toEqual([
      ['u1', 3, 'not_json'],
      ['u2', 4, undefined],
      ['u3', 3, undefined],
      ['u4', 3, undefined],
    ]);
    expect(run.totals).toMatchObject({ attributes_before: 13, attributes_after: 13, unchanged_with_error: 1 });
    expect(fake.asked).toHaveLength(5);
    expect(await table.image()).toHaveLength(before.length + 1);
    const later = await runs.run();
    expect([later.results, later.run.notes ?? []]).toEqual([[], []]);
    expect(fake.asked).toHaveLength(5);
  });

  test('a run names questions that got no answer, though it went on asking', async () => {
    const rows = ['u1', 'u2'].flatMap((entity) => both.map((row) => ({ ...row, entity })));
    const table = await profileTable(database, rows);
    const { model } = await profileModel(
      (question) =>
        linesOf(question).length > 0 && failing-- > 0
          ? { status: 500, headers: { 'retry-after-ms': '1' } }
          : { content: { operations: [] } },
      1,
    );
    let failing = 3;
    const { run } = await profileRuns(db(), table.name, table.settings, model).run();
    expect(run.notes).toEqual([expect.stringMatching(/no answer came about 1 profile,.*failed \(500\)/)]);
  });

  it.each([
    ['401', { status: 401 }, 1],
    ['500', { status: 500, headers: { 'retry-after-ms': '1' } }, 9],
    ['a connection that breaks', 'hang up' as const, 9],
  ])(
    'an endpoint that fails (%s) is left alone for the rest of the run, and asked by the next',
    async (_, reply, calls) => {
      const entities = Array.from({ length: 8 }, (__, at) => `u${at}`);
      const rows = entities.flatMap((entity) =>
        [...both, { key: 'City', value: 'Munich', day: 5 }].map((row) => ({ ...row, entity })),
      );
      const table = await profileTable(database, rows);
      const { fake, model } = await profileModel(() => reply, 1);
      const runs = profileRuns(db(), table.name, table.settings, model);
      const { run } = await runs.run();
      expect(fake.asked).toHaveLength(calls);
      expect(run.notes?.join()).toContain('the model was not asked any more');
      // Rules alone settle the city.
      expect(run).toMatchObject({ status: 'success', totals: { maintained_profiles: 8, removed_attributes: 8 } });
    },
  );

  test('above the brake nothing is applied; an approval applies what was proposed, and asks nothing', async () => {
    const entities = Array.from({ length: 60 }, (_, at) => `u${at}`);
    const table = await profileTable(
      database,
      entities.flatMap((entity) => both.map((row) => ({ ...row, entity }))),
    );
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    const { run } = await runs.run();
    expect(run.status).toBe('held');
    expect(await table.stored()).toHaveLength(180);
    await table.insert(
      [...both, { key: 'job', value: 'baker' }].map((row, at) => ({ ...row, id: `late-${at}`, entity: 'late' })),
    );
    const approved = await runs.approve(run);
    expect(approved.run).toMatchObject({
      status: 'success',
      totals: { maintained_profiles: 60, removed_attributes: 120 },
    });
    expect(fake.asked).toHaveLength(60);
  });

  test('a dry run proposes and applies nothing; only accepted proposals are applied where that is wanted', async () => {
    const table = await profileTable(database, both);
    const { fake, model } = await profileModel(() => ({ content: { operations: [merged] } }));
    const runs = profileRuns(db(), table.name, table.settings, model);
    expect((await runs.run({ dry_run: true })).run.totals).toMatchObject({ maintained_profiles: 0 });
    expect(await proposalStates(db(), table.name)).toEqual({ proposed: 1 });
    expect((await runs.run({ apply: 'accepted' })).run.totals).toMatchObject({ maintained_profiles: 0 });
    await sql`update coppice.proposals set state = 'accepted' where collection = ${table.name}`.execute(db());
    expect((await runs.run({ apply: 'accepted' })).run.totals).toMatchObject({ maintained_profiles: 1 });
    expect(fake.asked).toHaveLength(1);
  });

  describe('tables of other shapes', () => {
    const answer = () => ({ content: { operations: [merged] } });

    test('an id that is an identity, and rows without types or times', async () => {
      const { model } = await profileModel(answer);
      await sql
        .raw(`create table identities (no int8 generated always as identity primary key, who text, k text, v text,
        unique (who, k, v))`)
        .execute(db());
      await sql
        .raw(`insert into identities (who, k, v) values ('u', 'likes', 'likes strong coffee'),
        ('u', 'Likes', 'enjoys strong coffee in the morning'), ('u', 'city', 'Berlin'), (null, 'likes', 'x'), ('u', null, 'x')`)
        .execute(db());
      const settings: CollectionSettings = {
        table: 'public.identities',
        id: 'no',
        entity: 'who',
        key: 'k',
        value: 'v',
      };
      const runs = profileRuns(db(), 'identities', settings, model);
      const { run } = await runs.run();
      expect(run.totals).toMatchObject({ maintained_profiles: 1, removed_attributes: 2, added_attributes: 1 });
      expect((await getRun(db(), run.run_id)).survey).toMatchObject({ unscoped: 1, unreadable: 1 });
      const { rows } = await sql`select who, k, v from identities where v like '%coffee%'`.execute(db());
      expect(rows).toEqual([{ who: 'u', k: 'likes', v: 'enjoys strong coffee in the morning' }]);
      expect((await runs.undo(run)).run.totals).toMatchObject({ restored_attributes: 2, deleted_attributes: 1 });
    });

    test('a key of entity and name', async () => {
      const { model } = await profileModel(answer);
      await sql
        .raw(`create table keyed (who text, k text, v text, at timestamptz, primary key (who, k))`)
        .execute(db());
      await sql
        .raw(`insert into keyed values ('u', 'likes', 'likes strong coffee', '2026-01-01'),
        ('u', 'Likes', 'enjoys strong coffee in the morning', '2026-01-02'), ('u', 'city', 'Berlin', '2026-01-03')`)
        .execute(db());
      const settings: CollectionSettings = {
        ...{ table: 'public.keyed', id: ['who', 'k'], entity: 'who', key: 'k', value: 'v', updated_at: 'at' },
      };
      const runs = profileRuns(db(), 'keyed', settings, model);
      const { run } = await runs.run();
      expect(run.totals).toMatchObject({ maintained_profiles: 1, removed_attributes: 2, added_attributes: 1 });
      const { rows } = await sql`select who, k, v from keyed order by k`.execute(db());
      expect(rows).toEqual([
        { who: 'u', k: 'city', v: 'Berlin' },
        { who: 'u', k: 'likes', v: 'enjoys strong coffee in the morning' },
      ]);
      expect((await runs.undo(run)).run.totals).toMatchObject({
        restored_attributes: 2,
        deleted_attributes: 1,
        refused: 0,
      });
      expect((await sql`select from keyed`.execute(db())).rows).toHaveLength(3);
    });

    test('fields under keys of a JSON column', async () => {
      const { model } = await profileModel(answer);
      await sql
        .raw(`create table documents_of_users (id uuid primary key default gen_random_uuid(), doc jsonb not null)`)
        .execute(db());
      for (const [at, { key, value, category }] of both.entries()) {
        await sql`insert into documents_of_users (doc) values (${JSON.stringify({
          ...{
            user: { id: 'u' },
            attr: { key, value, category, confidence: 0.2, updated_at: `2026-01-0${at + 1}` },
            kept: [1, 2],
          },
        })}::jsonb)`.execute(db());
      }
      const settings: CollectionSettings = {
        ...{ table: 'public.documents_of_users', entity: { path: 'doc.user.id' }, key: { path: 'doc.attr.key' } },
        ...{
          value: { path: 'doc.attr.value' },
          category: { path: 'doc.attr.category' },
          confidence: { path: 'doc.attr.confidence' },
        },
        ...{ source: { path: 'doc.attr.source' }, updated_at: { path: 'doc.attr.updated_at' } },
      };
      const runs = profileRuns(db(), 'documents_of_users', settings, model);
      expect((await runs.run()).run.totals).toMatchObject({ maintained_profiles: 1 });
      const { rows } = await sql<{
        doc: object;
      }>`select doc from documents_of_users where doc #>> '{attr,source}' = 'maintenance'`.execute(db());
      expect(rows).toMatchObject([
        { doc: { kept: [1, 2], user: { id: 'u' }, attr: { confidence: 0.9, value: merged.value } } },
      ]);
    });

    test('an id that nothing gives a new row is a problem before anything is asked', async () => {
      const { fake, model } = await profileModel(answer);
      await sql.raw(`create table numbered (no int primary key, entity_id text, k text, v text)`).execute(db());
      const settings: CollectionSettings = { table: 'public.numbered', id: 'no', key: 'k', value: 'v' };
      await expect(profileRuns(db(), 'numbered', settings, model).run()).rejects.toThrow(/nothing gives it an id/);
      expect(fake.asked).toHaveLength(0);
    });
  });
});
