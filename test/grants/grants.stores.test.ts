import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeGrants } from '../../src/cli/describe-grants.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { insightSummary } from '../../src/operations/intelligence/insights.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { duties, needsOf } from '../../src/operations/setup/grants/needs.ts';
import { usesOf } from '../../src/operations/setup/grants/table-uses.ts';
import { grants } from '../../src/operations/setup/grants.ts';
import { migrateAll } from '../../src/prepare.ts';
import { forgetIntelligence } from '../../src/state/forget/intelligence.ts';
import { createMappedResults, mappedResults } from '../support/mapped-results.ts';
import { describeOn } from '../support/stores.ts';
import { type Application, createApplication, documentRows, moveRows } from './application.ts';
import { contextOf, dutyOf } from './duties.ts';
import { lessThan } from './less-than.ts';

const suffix = randomBytes(4).toString('hex');
const roles = { owner: `Owner of ${suffix}`, worker: `worker_${suffix}`, reader: `reader_${suffix}` };
/** Was granted the ledger by name, as for backups. */
const backup = `backup_${suffix}`;

describeOn('native', 'doctor --grants', (server) => {
  /** Each statement that grants something, by its place, without one of its privileges or columns. */
  const variants: { at: number; one: number }[] = [];

  beforeAll(async () => {
    await asAdmin([...Object.values(roles), backup].map((name) => `create role "${name}" login`));
    const application = await createApplication(server.url, roles);
    const { statements } = await grants(await application.partsOf('superuser'), roles);
    for (const [at, { role, sql }] of statements.entries()) {
      if (role !== null) variants.push(...lessThan(sql).map((_, one) => ({ at, one })));
    }
    await application.close();
  });
  afterAll(() => asAdmin([...Object.values(roles), backup].map((name) => `drop role if exists "${name}"`)));

  async function asAdmin(commands: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const command of commands) await client.query(command);
    await client.end();
  }

  async function withApplication<T>(work: (application: Application) => Promise<T>): Promise<T> {
    const application = await createApplication(server.url, roles);
    try {
      return await work(application);
    } finally {
      await application.close();
    }
  }

  async function done(application: Application, role: keyof typeof roles): Promise<void> {
    await dutyOf[role](await application.partsOf(role), () => application.execute(moveRows));
  }

  /** Owner first, then who is asked for, on rows of the default schema too. */
  async function performed(application: Application, role: keyof typeof roles): Promise<void> {
    await done(application, 'owner');
    if (role === 'owner') return;
    await application.execute(documentRows);
    await done(application, role);
  }

  test('the printed grants are enough for owner, worker and reader', async () => {
    await withApplication(async (application) => {
      const printed = describeGrants(await grants(await application.partsOf('superuser'), roles));
      await application.execute(printed.join('\n'));
      await performed(application, 'worker');
      await done(application, 'reader');
      await application.execute(`grant select on coppice.ledger_vectors to "${backup}"`);
      await done(application, 'owner');
      const { rows } = await application.execute(`select r.name,
          has_table_privilege(r.name, 'coppice.ledger_vectors', 'select') as reads
        from unnest(array['${roles.reader}', '${backup}']) r (name)`);
      expect(rows).toEqual([
        { name: roles.reader, reads: false },
        { name: backup, reads: true },
      ]);
      for (const role of duties) {
        const context = contextOf(await application.partsOf(role));
        expect((await doctor(context, { drift: false, as: role })).role).toMatchObject({
          name: roles[role],
          missing: [],
        });
      }
    });
  });

  test('the sequence that numbers the rows of profiles is granted to the worker alone', async () => {
    const collections = {
      profiles: { kind: 'attributes', table: 'app.traits', entity: 'owner', key: 'trait', value: 'said' },
    };
    const application = await createApplication(server.url, roles, { collections });
    try {
      await application.execute(
        'create table app.traits (id bigserial primary key, owner text, trait text, said text)',
      );
      const { statements } = await grants(await application.partsOf('superuser'), roles);
      const ofSequence = statements.filter(({ sql }) => sql.includes('SEQUENCE'));
      expect(ofSequence).toMatchObject([
        { role: 'worker', sql: `GRANT USAGE ON SEQUENCE "app"."traits_id_seq" TO "${roles.worker}";` },
      ]);
      const add = () =>
        application.executeAs('worker', `insert into app.traits (owner, trait, said) values ('u', 'a', 'b')`);
      const others = statements.filter((one) => !ofSequence.includes(one));
      await application.execute(others.map(({ sql }) => sql).join('\n'));
      await expect(add()).rejects.toThrow('permission denied for sequence traits_id_seq');
      await application.execute(ofSequence.map(({ sql }) => sql).join('\n'));
      expect((await add()).rowCount).toBe(1);
    } finally {
      await application.close();
    }
  });

  test('tables of results that the application has are granted by their names, and none of Coppice beside them', async () => {
    const collections = { log: { kind: 'queries', table: 'app.log', user: 'owner', question: 'text', asked_at: 'at' } };
    const settings = { collections, graphs: {}, intelligence: mappedResults };
    const application = await createApplication(server.url, roles, settings);
    try {
      await application.execute('create table app.log (id text primary key, owner text, text text, at timestamptz)');
      const superuser = await application.partsOf('superuser');
      await expect(grants(superuser, roles)).rejects.toThrow('table app.topics does not exist in this database');
      await createMappedResults(superuser.db);
      const { statements } = await grants(superuser, roles);
      const texts = statements.map(({ sql }) => sql);
      expect(texts.join()).not.toContain('knowledge');
      const ofTopics = statements.filter(({ sql }) => sql.includes('"app"."topics"'));
      expect(ofTopics.map(({ role, sql }) => [role, sql.split(' ON ')[0]?.replace(/ \(.*/, '')])).toEqual([
        ['worker', 'GRANT SELECT, INSERT, DELETE, UPDATE'],
        ['reader', 'GRANT SELECT'],
      ]);
      await application.execute(texts.join('\n'));
      expect((await migrateAll(await application.partsOf('owner'))).unprepared).toEqual([]);
      const worker = await application.partsOf('worker');
      const works = () =>
        worker.db
          .transaction()
          .execute((tx) => forgetIntelligence(tx, { kind: 'rows', ids: ['q'], collection: null }, 1));
      const add = () =>
        application.executeAs(
          'worker',
          `insert into app.topics (collection, query_id, user_id) values ('log', 'q', 'ann')`,
        );
      await add();
      expect(await works()).toMatchObject({ extractions: 1 });
      const reader = contextOf(await application.partsOf('reader'));
      expect((await insightSummary(reader, { periodDays: 7, user: 'ann' })).data.emerging).toEqual([]);
      for (const role of ['worker', 'reader'] as const) {
        const report = await doctor(contextOf(await application.partsOf(role)), { drift: false, as: role });
        expect(report.role).toMatchObject({ name: roles[role], missing: [] });
      }
      await add();
      await application.execute(`revoke delete on app.shared from "${roles.worker}"`);
      await expect(works()).rejects.toThrow('permission denied for table shared');
      const lacking = await doctor(contextOf(worker), { drift: false, as: 'worker' });
      expect(lacking.role?.missing.join()).toContain('"app"."shared"');
    } finally {
      await application.close();
    }
  });

  test('a worker may write the columns of a united text where a model is configured, and only there', async () => {
    const mapped = { content: 'body', content_hash: 'digest', vectors: { in: 'row', column: 'embedding' } };
    const collections = { notes: { kind: 'memories', table: 'app.notes', user: 'owner', ...mapped } };
    const model = { url: 'http://127.0.0.1:9/v1', name: 'small' };
    const byWeaviate = { model, embeddings: { provider: 'weaviate' } };
    const mayUnite: boolean[] = [];
    for (const settings of [{ model }, {}, byWeaviate]) {
      const application = await createApplication(server.url, roles, { collections, ...settings });
      try {
        await application.execute(`create table app.notes (id text primary key, owner text, body text, digest text,
          embedding vector(3), secret text)`);
        await application.execute(`insert into app.notes values ('a', 'u', 'text', md5('text'), '[1,2,3]', 's')`);
        const parts = await application.partsOf('superuser');
        const { statements } = await grants(parts, roles);
        await application.execute(statements.map((one) => one.sql).join('\n'));
        const worker = await application.partsOf('worker');
        const [store] = worker.collections;
        const { memories } = (await store?.store.open(worker.db)) ?? {};
        const [memory] = (await memories?.read(worker.db, 'u', { bot: null }, 10)) ?? [];
        mayUnite.push(memory?.isRewritable === true);
        const writesSecret = application.executeAs('worker', `update app.notes set secret = 'x'`);
        await expect(writesSecret).rejects.toThrow('permission denied for table notes');
        const report = await doctor(contextOf(worker), { drift: false, as: 'worker' });
        expect(report.role?.missing.filter((one) => one.includes('notes'))).toEqual([]);
        if (!mayUnite.at(-1)) continue;
        await application.execute(`revoke update (digest) on app.notes from "${roles.worker}"`);
        const lacking = await doctor(contextOf(worker), { drift: false, as: 'worker' });
        expect(lacking.role?.missing.join()).toContain('"body", "digest", "embedding"');
      } finally {
        await application.close();
      }
    }
    expect(mayUnite).toEqual([true, false, false]);
  });

  test('and is no more than that: without any one privilege or column of it the role fails', async () => {
    const needless: string[] = [];
    const queue = variants.values();
    const tryVariants = async () => {
      for (const { at, one } of queue) {
        await withApplication(async (application) => {
          const { statements } = await grants(await application.partsOf('superuser'), roles);
          const { role, sql } = statements[at] ?? {};
          const less = lessThan(sql ?? '')[one] ?? '';
          await application.execute(statements.map((other) => (other.sql === sql ? less : other.sql)).join('\n'));
          const failure = await performed(application, role ?? 'owner').then(() => null, String);
          if (failure === null) needless.push(`${sql} → ${less || 'nothing'}`);
          else expect(failure, `${sql} → ${less || 'nothing'}`).toMatch(/permission denied|must be owner/);
        });
      }
    };
    // Each in a database of its own, a few side by side: most of the time is spent making and dropping them.
    await Promise.all(Array.from({ length: 4 }, tryVariants));
    expect(variants.length).toBeGreaterThan(20);
    expect(needless).toEqual([]);
  }, 240_000);
});

test('a partition that a foreign row names: who surveys may read that row, and nothing else of its table', () => {
  const through = { table: 'app.tenants', key: 'no', value: 'slug' };
  const mapping = toMapping('notes', { table: 'app.notes', workspace: { column: 'tenant_no', through } });
  const looked = duties.map((duty) =>
    needsOf(duty, usesOf({ collections: [mapping], graphs: [] })).flatMap((need) =>
      need.on === 'table' && need.table.name === 'tenants' ? [need.privileges, need.columns] : [],
    ),
  );
  expect(looked).toEqual([[], [['SELECT'], ['no', 'slug']], [['SELECT'], ['no', 'slug']]]);
});
