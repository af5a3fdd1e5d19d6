import { afterAll, beforeAll, expect, test } from 'vitest';
import { graphStrategyOf } from '../../src/activities/graph/strategies.ts';
import { graphSweepable } from '../../src/activities/graph-sweepable.ts';
import { finish } from '../../src/activities/sweep/finish.ts';
import { planUndo } from '../../src/activities/sweep/plan-undo.ts';
import { surveyRun } from '../../src/activities/sweep/survey-run.ts';
import { ttlCleanupSweepable } from '../../src/activities/ttl-cleanup.ts';
import { assemble, type Parts } from '../../src/assemble.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { defaultCypherGraph } from '../../src/config/graph-defaults.ts';
import { loadConfig } from '../../src/config/load.ts';
import { named } from '../../src/database/errors.ts';
import type { CollectionMapping } from '../../src/domain/mapping.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import { endRun, findRun } from '../../src/state/runs/runs.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { type Collection, createCollection, past } from '../stores/contract/collection.ts';
import { openFalkorGraph } from '../stores/graph/falkordb-place.ts';
import { graphTools, tablesGraph } from '../support/graph-sweep.ts';
import { describeOnDatabase } from '../support/stores.ts';
import { sweepDeps, sweepRun } from '../support/sweep-deps.ts';

const columns = 'id int primary key, workspace text, expires_at timestamptz';

describeOnDatabase('native', 'a collection that cannot be looked at', (database) => {
  let assembled: Parts;
  let good: Collection;
  let other: Collection;
  /** Its table does not exist. */
  let missing: CollectionMapping;
  /** Its mapping fits, and counting fails: the workspace is looked up by a key of another type. */
  let broken: CollectionMapping;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    const { db, url } = database;
    assembled = await assemble({ ...loadConfig({ DATABASE_URL: url }), graphs: [] }, url, 'test');
    good = await createCollection(db, { columns, chunks: null });
    other = await createCollection(db, { columns, chunks: null });
    const failing = await createCollection(db, { columns, chunks: null });
    await failing.execute('create table TABLE_owners (id uuid primary key, name text)');
    for (const docs of [good, other, failing]) await docs.insert({ id: 1, workspace: 'a', expires_at: past });
    missing = { ...good.mapping, name: 'missing', table: { schema: 'public', name: 'nowhere' } };
    const through = { table: { schema: 'public', name: `${failing.table}_owners` }, key: 'id', value: 'name' };
    broken = { ...failing.mapping, name: 'broken', partition: { column: 'workspace', keys: [], through } };
  });
  afterAll(() => assembled.close());

  const partsOf = (mappings: readonly CollectionMapping[]): Parts => {
    const collections = mappings.map((mapping) => ({ store: createRowStore(mapping), vectors: null }));
    const sweepables = () => collections.map(({ store }) => ttlCleanupSweepable(store, null));
    return { ...assembled, config: { ...assembled.config, collections: [...mappings] }, collections, sweepables };
  };
  const all = () => [missing, good.mapping, broken, other.mapping];
  const depsOf = (mappings: readonly CollectionMapping[]) =>
    sweepDeps(database.db, assembled.settings, partsOf(mappings).sweepables);
  const contextOf = (kind: 'sweep' | 'undo') => sweepRun(database.db, assembled.settings('ttl-cleanup'), kind);

  test('is named by a preview, which counts the others', async () => {
    const result = await preview(partsOf(all()), 'ttl-cleanup', {});
    expect(result.survey).toMatchObject({ rows: 2, due: 2, partition_count: 2 });
    const counts = { rows: 1, due: 1, unscoped: 0, unreadable: 0 };
    expect(result.survey?.collections).toMatchObject([
      { collection: good.name, ...counts },
      { collection: other.name, ...counts },
    ]);
    expect(result.survey?.partitions.map(({ collection }) => collection)).toEqual([good.name, other.name]);
    expect(result.failed_collections).toMatchObject([
      { collection: 'missing', error: { name: 'MappingError', message: expect.stringContaining('nowhere') } },
      { collection: 'broken', error: { name: 'StoreRefusedError' } },
    ]);
    expect(result.error?.message).toMatch(/^left out collections missing: .*; broken: /);
    const alone = await preview(partsOf([good.mapping, other.mapping]), 'ttl-cleanup', {});
    expect(alone).toMatchObject({ failed_collections: [], error: null });
    await expect(preview(partsOf([missing, broken]), 'ttl-cleanup', {})).rejects.toThrow('nowhere');
  });

  test('an attempt that was taken for lost and its successor plan the run once, and neither is refused', async () => {
    const run = await contextOf('sweep');
    const input = { run, approval: null, deadLetters: null };
    const attempt = () => named(() => surveyRun(depsOf([good.mapping]), input, signal)).catch((error: Error) => error);
    const outcomes = await Promise.all([attempt(), attempt(), attempt()]);
    const refused = outcomes.filter((one) => one instanceof Error && one.name === 'StoreRefusedError');
    expect(refused).toEqual([]);
    expect(outcomes.some((one) => !(one instanceof Error))).toBe(true);
    expect(await attempt()).toEqual(outcomes.find((one) => !(one instanceof Error)));
    await endRun(database.db, run.runId, { status: 'success' });
  });

  test('is named by a run, which ends partial and has planned the others', async () => {
    const { db } = database;
    const run = await contextOf('sweep');
    const survey = await surveyRun(depsOf(all()), { run, approval: null, deadLetters: null }, signal);
    expect(Object.keys(survey.fingerprints)).toEqual([good.name, other.name]);
    expect(survey).toMatchObject({ due: 2, partitions: 2 });
    const planned = await db
      .selectFrom('coppice.run_partitions')
      .select(['no', 'collection'])
      .where('run_no', '=', run.runNo)
      .orderBy('no')
      .execute();
    expect(planned).toEqual([
      { no: 1, collection: good.name },
      { no: 2, collection: other.name },
    ]);
    expect(await finish(depsOf(all()), { run, status: null, error: null })).toMatchObject({ status: 'partial' });
    const record = await findRun(db, run.runId);
    expect(record?.failed_collections.map(({ collection }) => collection)).toEqual(['missing', 'broken']);
    expect(record?.error).toMatchObject({ name: 'CollectionFailedError' });
  });

  test('is named by an undo, which restores the others', async () => {
    const { db } = database;
    const undone = await contextOf('sweep');
    for (const [at, collection] of ['missing', good.name].entries()) {
      const row = { run_no: undone.runNo, no: at + 1, collection, partition: 'a', rows: 1, due: 1, removed: 1 };
      await db
        .insertInto('coppice.run_partitions')
        .values({ ...row, started_at: new Date(), after: null, finished_at: null })
        .execute();
    }
    await endRun(db, undone.runId, { status: 'success' });
    const run = await contextOf('undo');
    const plan = await planUndo(depsOf(all()), run, undone.runId);
    expect(plan).toMatchObject({ partitions: 1, due: 1 });
    expect(Object.keys(plan.fingerprints)).toEqual([good.name]);
    expect((await findRun(db, run.runId))?.failed_collections).toMatchObject([{ collection: 'missing' }]);
  });

  test('for a graph whose store is down: is named after a few attempts, and the other graph is planned', async () => {
    const { db } = database;
    const computer = createGraphComputer({ threads: 1 });
    const answering = await tablesGraph(db, 'answering');
    await answering.loading.load?.([{ type: 'entity', group_id: 'team', id: 'a', created_at: past }]);
    const place = defaultCypherGraph('falkordb');
    const mapping = { name: 'down', mapped: false, emptyGroup: null, accept: [], place };
    const down = await openFalkorGraph('redis://127.0.0.1:1', mapping);
    const sweepables = () =>
      [down, answering].map((store) =>
        graphSweepable(store, graphStrategyOf('group-maintenance'), graphTools(computer)),
      );
    const deps = { ...depsOf([]), sweepables };
    const run = {
      ...(await contextOf('sweep')),
      parameters: { collectors: 'all', grace_days: 0, recompute: 'needed' },
    };
    const input = { run, approval: null, deadLetters: null };
    await expect(surveyRun(deps, input, signal, 1)).rejects.toMatchObject({ name: 'ConnectionError' });
    const survey = await surveyRun(deps, input, signal, 5);
    expect(Object.keys(survey.fingerprints)).toEqual(['answering']);
    expect(survey).toMatchObject({ due: 1, partitions: 1 });
    expect(await findRun(db, run.runId)).toMatchObject({
      failed_collections: [{ collection: 'down', error: { name: 'ConnectionError' } }],
    });
    const alone = { ...deps, sweepables: () => sweepables().slice(0, 1) };
    await expect(surveyRun(alone, input, signal, 5)).rejects.toMatchObject({ name: 'ConnectionError' });
    const previewed = await preview({ ...partsOf([]), sweepables }, 'group-maintenance', {});
    expect(previewed.failed_collections).toMatchObject([{ collection: 'down' }]);
    await down.close();
    await computer.close();
  });

  test('is a problem of its own in the report of doctor', async () => {
    const client = () => Promise.reject(new Error('no Temporal here'));
    const context = { parts: partsOf(all()), namespace: 'default', requestedBy: 'test', client };
    const { ok, collections } = await doctor(context, { drift: false, as: null });
    expect(ok).toBe(false);
    expect(collections.map(({ collection, problems }) => [collection, problems.length])).toEqual([
      ['missing', 1],
      [good.name, 0],
      ['broken', 1],
      [other.name, 0],
    ]);
    expect(collections[2]?.problems).toEqual([expect.stringMatching(/^cannot be looked at: /)]);
  });
});
