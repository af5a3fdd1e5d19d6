import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { graphStrategyOf } from '../../src/activities/graph/strategies.ts';
import { graphSweepable } from '../../src/activities/graph-sweepable.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import type { GraphSettings } from '../../src/config/graph-schema.ts';
import { toGraphMapping } from '../../src/config/graphs.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Db } from '../../src/database/schema.ts';
import type { GraphJobId } from '../../src/jobs/index.ts';
import { graphReport } from '../../src/operations/setup/doctor/graph.ts';
import { needsOf } from '../../src/operations/setup/grants/needs.ts';
import { usesOf } from '../../src/operations/setup/grants/table-uses.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { MappingError } from '../../src/stores/ports/inspection.ts';
import { createPostgresGraph } from '../../src/stores/postgres/graph/store.ts';
import { openFalkorGraph } from '../stores/graph/falkordb-place.ts';
import { describeOnFalkordb } from '../support/falkordb.ts';
import { graphTools } from '../support/graph-sweep.ts';
import { describeOnDatabase } from '../support/stores.ts';

/** What doctor reports of a graph on which all jobs on graphs work. */
async function problemsOf(store: GraphStore): Promise<readonly string[]> {
  const { jobs, ...config } = loadConfig({ DATABASE_URL: 'postgres://localhost/none' });
  const swept = jobs.map((one) => ({ ...one, collections: [store.mapping.name] }));
  return (await graphReport({ config: { ...config, jobs: swept } }, store)).problems;
}

/** The problems with which a run of the job refuses the graph; none where it does not. */
async function refusalOf(db: Db, store: GraphStore, job: GraphJobId): Promise<readonly string[]> {
  const computer = createGraphComputer({ threads: 1 });
  const tools = graphTools(computer);
  try {
    await graphSweepable(store, graphStrategyOf(job), tools).open(db);
    return [];
  } catch (error) {
    if (error instanceof MappingError) return error.problems;
    throw error;
  } finally {
    await computer.close();
    await tools.finder.close();
  }
}

describeOnDatabase('native', 'doctor on the tables of a graph', (database) => {
  const parts = {
    entities: 'full_name text, vector bytea',
    relations: 'source text, target text, statement text, used date',
    documents: '',
    mentions: 'document_id text, entity_id text',
  };
  const settings = (own: { entities?: object; relations?: object }): GraphSettings => ({
    in: 'postgres',
    documents: { table: 'app.documents' },
    entities: { table: 'app.entities', name: 'full_name', ...own.entities },
    mentions: { table: 'app.mentions' },
    relations: { table: 'app.relations', source: 'source', target: 'target', text: 'statement', ...own.relations },
    vectors: null,
  });
  const open = async (own: { entities?: object; relations?: object }) => {
    const { place, ...mapping } = toGraphMapping('memory', settings(own));
    if (place.in !== 'postgres') throw new Error('this graph is in tables');
    return createPostgresGraph(database.db, { ...mapping, place });
  };
  const create = async () => {
    await sql`drop schema if exists app cascade`.execute(database.db);
    await sql`create schema app`.execute(database.db);
    for (const [name, columns] of Object.entries(parts)) {
      const id = name === 'mentions' ? '' : 'id text,';
      const key = name === 'mentions' ? 'group_id, document_id, entity_id' : 'group_id, id';
      const own = [`${id} group_id text`, columns, `primary key (${key})`].filter((one) => one !== '').join(', ');
      await sql.raw(`create table app.${name} (${own})`).execute(database.db);
    }
  };

  it('names columns of merging and archiving that do not exist or have another type, as a run refuses them', async () => {
    await create();
    const store = await open({
      entities: { description: 'about', vector: 'vector' },
      relations: { valid_from: 'since', accessed_at: 'used' },
    });
    const merging = [
      'column app.entities.about does not exist: check graphs.memory.entities',
      'app.entities.vector is of type bytea, which holds no vector: check graphs.memory.entities.vector',
      'column app.relations.since does not exist: check graphs.memory.relations',
    ];
    const archiving = [
      'app.relations.used is of type date, but is mapped as timestamptz: set graphs.memory.relations.accessed_at: ' +
        '{column: used, type: date}',
    ];
    expect(await problemsOf(store)).toEqual([
      ...merging.map((one) => `deduplicate-facts: ${one}`),
      ...archiving.map((one) => `archive-facts: ${one}`),
    ]);
    expect(await refusalOf(database.db, store, 'deduplicate-facts')).toEqual(merging);
    expect(await refusalOf(database.db, store, 'archive-facts')).toEqual(archiving);
    // Jobs that do not read these columns work on the graph.
    expect(await refusalOf(database.db, store, 'group-maintenance')).toEqual([]);
  });

  it('names a column in which facts cannot be marked as archived, and a trigger that marking them would fire', async () => {
    await create();
    await sql
      .raw(`alter table app.relations add archived timestamptz not null default now();
      create function app.touch() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger touch before update on app.relations for each row execute function app.touch();`)
      .execute(database.db);
    const column =
      'app.relations.archived does not allow null, which a fact that is not archived has: check graphs.memory.relations.archived_at';
    const trigger =
      'updating app.relations fires trigger touch, which the ledger would not see and undo could not put back; if that is ' +
      'meant, accept it: graphs.memory.accept: [touch]';
    const store = await open({ relations: { archived_at: 'archived' } });
    expect(await refusalOf(database.db, store, 'archive-facts')).toEqual([column, trigger]);
    expect(await refusalOf(database.db, store, 'deduplicate-facts')).toEqual([]);
    expect(await problemsOf(store)).toEqual([column, trigger].map((one) => `archive-facts: ${one}`));
    const missing = await open({ relations: { archived_at: 'gone' } });
    expect(await refusalOf(database.db, missing, 'archive-facts')).toEqual([
      'column app.relations.gone does not exist: check graphs.memory.relations',
      trigger,
    ]);
  });

  it('names why facts cannot be moved to a table, and accepts one that fits', async () => {
    await create();
    await sql
      .raw(`create table app.old (id text, group_id text, source bigint, target text, used date, why text not null);
      alter table app.old add foreign key (group_id, id) references app.relations (group_id, id)`)
      .execute(database.db);
    const check = ': check graphs.memory.relations.archive_table';
    const store = await open({ relations: { archive_table: 'app.old' } });
    const problems = [
      `app.old.source is of type bigint, and app.relations.source of type text${check}`,
      `column app.old.statement does not exist, and app.relations.statement does${check}`,
      `app.old.why is required and has no default, which a fact has no value for${check}`,
      'app.old has no unique index on group_id, id or fewer of them: an id must name one row of it',
      `foreign key old_group_id_id_fkey of app.old keeps facts in app.relations: drop it, or ${check.slice(2)}`,
    ];
    expect(await refusalOf(database.db, store, 'archive-facts')).toEqual(problems);
    expect(await problemsOf(store)).toEqual(problems.map((one) => `archive-facts: ${one}`));
    expect(await refusalOf(database.db, store, 'deduplicate-facts')).toEqual([]);
    const missing = await open({ relations: { archive_table: 'app.none' } });
    expect(await refusalOf(database.db, missing, 'archive-facts')).toEqual([
      `table app.none does not exist, or this role cannot see it${check}`,
    ]);
    await sql
      .raw(`drop table app.old; create table app.old (like app.relations including all, note text)`)
      .execute(database.db);
    expect(await refusalOf(database.db, store, 'archive-facts')).toEqual([]);
    const uses = usesOf({ collections: [], graphs: [store.mapping] });
    const needs = (['worker', 'reader'] as const).map((duty) =>
      needsOf(duty, uses).flatMap((one) =>
        one.on === 'table' && one.table.name === 'old' ? one.privileges.map((name) => name) : [],
      ),
    );
    expect(needs).toEqual([['SELECT', 'INSERT', 'DELETE', 'UPDATE'], ['SELECT']]);
  });

  it('names a column without which a job finds nothing', async () => {
    await create();
    const store = await open({});
    expect(await problemsOf(store)).toEqual([]);
    await sql`insert into app.entities (id, group_id) values ('a', 'g')`.execute(database.db);
    expect(await problemsOf(store)).toEqual([
      'deduplicate-facts: none of the first 1000 rows of app.entities has a value in full_name: check graphs.memory.entities',
    ]);
    expect(await refusalOf(database.db, store, 'deduplicate-facts')).toEqual([]);
    await sql`update app.entities set full_name = 'Ada'`.execute(database.db);
    expect(await problemsOf(store)).toEqual([]);
  });
});

describeOnFalkordb('doctor on the properties of a graph', (suite) => {
  describeOnDatabase('native', 'runs', (database) => {
    it('names properties that hold something else, and those that nothing has', async () => {
      const name = suite.graph('doctor');
      await suite.query(
        name,
        `CREATE (:Entity {uuid: 'a', name: 1, name_embedding: 'none', created_at: '2026-01-01T00:00:00Z'})-[:RELATES_TO
           {uuid: 'r', expired_at: 'soon', created_at: '2026-01-01T00:00:00Z'}]->(:Entity {uuid: 'b', name: 2})`,
      );
      const { place, ...mapping } = toGraphMapping('memory', {
        in: 'falkordb',
        preset: 'graphiti',
        graph_prefix: name,
      });
      if (place.in === 'postgres') throw new Error('the preset is of a graph database');
      const store = await openFalkorGraph(suite.url, { ...mapping, place });
      const names = 'Entity.name holds no text: check graphs.memory.entities.name';
      const vectors = 'Entity.name_embedding holds no vector: check graphs.memory.entities.vector';
      const nothing = 'none of the first 1 RELATES_TO has a property fact: check graphs.memory.relations.text';
      const dates = 'RELATES_TO.expired_at holds no date: check graphs.memory.relations.retired_at';
      expect(await problemsOf(store)).toEqual([
        ...[`deduplicate-facts: ${names}`, `deduplicate-facts: ${vectors}`, `archive-facts: ${nothing}`],
        ...[`audit-invalidations: ${dates}`, `audit-invalidations: ${nothing}`],
      ]);
      expect(await refusalOf(database.db, store, 'deduplicate-facts')).toEqual([names, vectors]);
      expect(await refusalOf(database.db, store, 'archive-facts')).toEqual([]);
      await store.close();
    });
  });
});
