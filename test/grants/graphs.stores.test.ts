import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveFacts } from '../../src/jobs/archive-facts.ts';
import { deduplicateFacts } from '../../src/jobs/deduplicate-facts.ts';
import type { GraphJobId } from '../../src/jobs/index.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { grants } from '../../src/operations/setup/grants.ts';
import { migrateAll } from '../../src/prepare.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { describeOn } from '../support/stores.ts';
import { type Application, createApplication } from './application.ts';
import { contextOf } from './duties.ts';
import { lessThan } from './less-than.ts';

const suffix = randomBytes(4).toString('hex');
const roles = { owner: `owner_${suffix}`, worker: `worker_${suffix}`, reader: `reader_${suffix}` };

const graph = {
  in: 'postgres',
  documents: { table: 'app.documents' },
  entities: {
    ...{ table: 'app.entities', name: 'full_name', type: 'sort', description: 'about', vector: 'place' },
    properties: ['born'],
  },
  mentions: { table: 'app.mentions', document: 'doc', entity: 'who' },
  relations: {
    ...{ table: 'app.relations', source: 'one', target: 'other', document: 'doc', name: 'verb', text: 'said' },
    ...{ created_at: 'written', accessed_at: 'used' },
  },
  vectors: { table: 'app.vectors', entity: 'who' },
};

const tables = `
  create table app.documents (id text, group_id text, primary key (group_id, id));
  create table app.entities (id text, group_id text, full_name text, sort text, about text, place vector(2), born text,
    note text, primary key (group_id, id));
  create table app.mentions (group_id text, doc text, who text, primary key (group_id, doc, who));
  create table app.relations (id text, group_id text, one text, other text, doc text, verb text, said text,
    written timestamptz, used timestamptz, note text, primary key (group_id, id));
  create table app.vectors (id text, group_id text, who text, embedding vector(2), primary key (group_id, id));
  insert into app.documents values ('d1', 'g');
  insert into app.entities values ('ada', 'g', 'Ada Lovelace', 'Person', 'a mathematician', '[1,0]', '1815', null),
    ('ada-2', 'g', 'ada lovelace', 'Person', 'a Mathematician', '[1,0]', '1815', 'kept'),
    ('rome', 'g', 'Rome', 'City', '', '[0,1]', null, null);
  insert into app.mentions values ('g', 'd1', 'ada-2');
  insert into app.relations values ('r1', 'g', 'ada', 'rome', 'd1', 'visits', 'Ada saw Rome', '2020-01-01', '2020-01-01', null),
    ('r2', 'g', 'ada', 'rome', 'd1', 'leaves', 'Ada left Rome', '2020-01-01', null, null),
    ('r3', 'g', 'ada-2', 'rome', 'd1', 'knows', 'Ada knew Rome', '2020-01-01', null, null),
    ('r4', 'g', 'rome', 'ada-2', 'd1', 'knows', 'Rome knew Ada', '2020-01-01', null, null),
    ('r5', 'g', 'ada', 'rome', 'd1', 'likes', 'Ada liked Rome', '2020-01-01', null, null),
    ('r6', 'g', 'ada', 'rome', 'd1', 'draws', 'Ada drew Rome', '2020-01-01', null, null),
    ('f1', 'g', 'rome', 'rome', 'd1', 'is', 'Rome is old.', '2021-01-01', null, null),
    ('f2', 'g', 'rome', 'rome', 'd1', 'is', 'Rome is old', '2020-01-01', null, 'kept');
  insert into app.vectors values ('v', 'g', 'ada-2', '[1,0]')`;

const places = {
  archive_table: {
    setting: 'shelf.relations',
    made: 'create schema shelf; create table shelf.relations (like app.relations including all, moved text)',
  },
  archived_at: { setting: 'archived', made: 'alter table app.relations add archived timestamptz' },
};

describeOn('native', 'grants on a graph whose entities are merged and whose facts are archived', (server) => {
  const tools = graphTools();
  beforeAll(() => asAdmin((name) => `create role ${name} login`));
  afterAll(async () => {
    await tools.computer.close();
    await tools.finder.close();
    await asAdmin((name) => `drop role if exists ${name}`);
  });

  async function asAdmin(command: (name: string) => string): Promise<void> {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    for (const name of Object.values(roles)) await client.query(command(name));
    await client.end();
  }

  async function withApplication<T>(
    place: keyof typeof places,
    work: (application: Application) => Promise<T>,
  ): Promise<T> {
    const { setting, made } = places[place];
    const relations = { ...graph.relations, [place]: setting };
    const jobs = { 'archive-facts': { parameters: { ttl_days: 365 } } };
    const settings = { collections: {}, graphs: { memory: { ...graph, relations } }, jobs };
    const application = await createApplication(server.url, roles, settings);
    try {
      await application.execute(`${tables}; ${made}`);
      return await work(application);
    } finally {
      await application.close();
    }
  }

  /** Both jobs as a worker runs them, one after the other, each with its undo. */
  async function work(application: Application): Promise<object[]> {
    await migrateAll(await application.partsOf('owner'));
    const { db, graphs } = await application.partsOf('worker');
    const [store] = graphs;
    if (store === undefined) throw new Error('the graph is configured');
    const done: object[] = [];
    const given = { 'deduplicate-facts': deduplicateFacts.parameters, 'archive-facts': archiveFacts.parameters };
    for (const job of ['deduplicate-facts', 'archive-facts'] as const satisfies GraphJobId[]) {
      const defaults = Object.entries(given[job]).map(([name, { default: value }]) => [name, value]);
      const parameters = { ...Object.fromEntries(defaults), ...(job === 'archive-facts' ? { ttl_days: 365 } : {}) };
      const terms = { cutoff: new Date(), parameters, respectHolds: true, partition: null };
      const sweep = await surveyed(db, store, tools, terms, job);
      await sweep.apart(50);
      done.push(await sweep.totals(), await sweep.undo());
    }
    return done;
  }

  async function look(application: Application): Promise<(number | undefined)[]> {
    await migrateAll(await application.partsOf('owner'));
    const parts = await application.partsOf('reader');
    const previews = [await preview(parts, 'deduplicate-facts', {}), await preview(parts, 'archive-facts', {})];
    for (const { error } of previews) if (error !== null) throw new Error(error.message);
    const { graphs } = await doctor(contextOf(parts), { drift: false, as: 'reader' });
    for (const { problems } of graphs) if (problems.length > 0) throw new Error(problems.join());
    return previews.map(({ survey }) => survey?.partitions[0]?.due);
  }

  const performed = { owner: () => Promise.resolve([]), worker: work, reader: look };

  test.each(Object.keys(places) as (keyof typeof places)[])('the printed grants are enough with %s', async (place) => {
    await withApplication(place, async (application) => {
      const superuser = await application.partsOf('superuser');
      // Schemas that the first worker makes do not exist yet, and nothing is missing for that.
      const early = await doctor(contextOf(superuser), { drift: false, as: 'worker' });
      expect(early.role?.missing).toEqual([]);
      const { statements } = await grants(superuser, roles);
      await application.execute(statements.map(({ sql }) => sql).join('\n'));
      expect(await look(application)).toEqual([2, 8]);
      expect(await work(application)).toEqual([
        { merged_entities: 1, merged_facts: 1, moved_edges: 3, joined_edges: 0 },
        { unmerged_entities: 1, unmerged_facts: 1 },
        { archived_facts: 8 },
        { restored_edges: 8, refused: 0 },
      ]);
      for (const role of ['worker', 'reader'] as const) {
        const report = await doctor(contextOf(await application.partsOf(role)), { drift: false, as: role });
        expect(report.role).toMatchObject({ name: roles[role], missing: [] });
      }
    });
  });

  test('and without any one privilege on a table that is merged or archived the work fails', async () => {
    const place = 'archive_table';
    // A merge moves mentions and vectors; only other jobs add and remove them.
    const of =
      /ON TABLE "(app"."entities|app"."relations|shelf"."relations)"|UPDATE .* ON TABLE "app"."(mentions|vectors)"/;
    const variants = await withApplication(place, async (application) => {
      const { statements } = await grants(await application.partsOf('superuser'), roles);
      const granted = statements.filter(({ role, sql }) => role !== null && of.test(sql));
      return granted.flatMap(({ role, sql }) => lessThan(sql).map((less) => ({ role, sql, less })));
    });
    const needless: string[] = [];
    const queue = variants.values();
    const tryVariants = async () => {
      for (const { role, sql, less } of queue) {
        await withApplication(place, async (application) => {
          const { statements } = await grants(await application.partsOf('superuser'), roles);
          await application.execute(statements.map((one) => (one.sql === sql ? less : one.sql)).join('\n'));
          const failure = await performed[role ?? 'owner'](application).then(() => null, String);
          if (failure === null) needless.push(`${sql} -> ${less}`);
          else expect(failure).toContain('permission denied');
        });
      }
    };
    await Promise.all(Array.from({ length: 4 }, tryVariants));
    expect(variants.length).toBeGreaterThan(15);
    expect(needless).toEqual([]);
  }, 120_000);
});
