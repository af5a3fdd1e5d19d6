import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeWithPython, runPython } from '../support/python.ts';
import { rowsBy } from './rows.ts';
import { runSql } from './run-sql.ts';

type Operation = readonly [
  name: 'put' | 'get' | 'search' | 'checkpoint' | 'state',
  args: Readonly<Record<string, unknown>>,
];

const anna = ['memories', 'anna'];
const items = ['old', 'aged', 'current'];
const put = (namespace: readonly string[], key: string): Operation => [
  'put',
  { namespace, key, value: { text: `${key} abc`, plain: 1 } },
];
const lookUp: readonly Operation[] = [
  ...items.map((key): Operation => ['get', { namespace: anna, key }]),
  ['search', { namespace: anna, query: 'abc' }],
  ['search', { namespace: ['memories', 'bob'], query: 'abc' }],
];

const past = '2024-05-01T00:00:00+00:00';
/** The second checkpoint of a thread refers to the value that the first one stored. */
const thread = (name: string, namespace: string, ...times: readonly string[]) =>
  times.map((ts, at): Operation => {
    const id = `1ef-${at}`;
    const values = { list: [name, at], shared: { of: name } };
    const versions = { list: `${at + 1}.0`, shared: '1.0' };
    const written = at === 0 ? versions : { list: versions.list };
    const writes = [['list', [at]]];
    return ['checkpoint', { thread: name, namespace, id, ts, values, versions, new: written, writes }];
  });
const states: readonly Operation[] = [
  ['state', { thread: 'due', namespace: '' }],
  ['state', { thread: 'due', namespace: 'sub' }],
  ['state', { thread: 'used', namespace: '' }],
];

const settings = {
  collections: {
    items: { preset: 'langgraph_store', content: { path: 'value.text' } },
    threads: { preset: 'langgraph_checkpoints', max_age_days: 30 },
  },
  jobs: { 'ttl-cleanup': { collections: ['items', 'threads'] } },
};
const tables = ['store', 'store_vectors', 'checkpoints', 'checkpoint_writes', 'checkpoint_blobs'];

await describeWithPython('presets langgraph_store and langgraph_checkpoints, on what the library wrote', (servers) => {
  let installation: Installation;
  const run = (url: string, operations: readonly Operation[]) =>
    runPython(servers.python, 'langgraph_app.py', { settings: { database_url: url }, operations }, {});
  const ask = (operations: readonly Operation[]) => run(installation.databaseUrl, operations);
  const rows = async () => {
    const { db } = installation.parts;
    const found = [];
    for (const table of tables) found.push([table, await rowsBy(db, `public.${table}`, '1')]);
    return Object.fromEntries(found);
  };

  beforeAll(async () => {
    const application = async (url: string) => {
      await run(url, [
        ...items.map((key) => put(anna, key)),
        put(['memories', 'bob'], 'current'),
        ...thread('due', '', past, past),
        ...thread('due', 'sub', past),
        ...thread('used', '', past, new Date().toISOString()),
      ]);
      await runSql(url, `update store set expires_at = '${past}' where key in ('old', 'aged')`);
    };
    installation = await createInstallation({ ...servers, settings, application });
    await installation.worker();
  });
  afterAll(() => installation?.close());

  it('the mappings fit, without accepting the cascade of the vectors', async () => {
    const { collections } = (await installation.cli('doctor', '--json')).json;
    expect(collections).toMatchObject([
      { problems: [], accepted: [], advice: [] },
      { problems: [], accepted: [], advice: [] },
    ]);
  });

  it('a run removes items with their vectors and threads with blobs and writes; after its undo the library finds all', async () => {
    const [before, found] = [await rows(), await ask([...lookUp, ...states])];
    const removed = (await installation.cli('run', 'ttl-cleanup', '--wait', '--json')).json;
    expect(removed).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 3, deleted_vectors: 2, deleted_children: 2 + 3 + 5 },
      survey: {
        due: 3,
        collections: [
          { collection: 'items', due: 2, children: { 'public.store_vectors': 2 } },
          { due: 1, children: { 'public.checkpoint_writes': 3, 'public.checkpoint_blobs': 5 } },
        ],
      },
    });
    const [old, aged, current, search, ofBob, due, sub, used] = await ask([...lookUp, ...states]);
    expect([old, aged, due, sub]).toEqual([null, null, null, null]);
    expect([current, search, ofBob]).toEqual([found[2], ['current'], ['current']]);
    expect(used).toEqual(found[7]);
    expect(used.history).toEqual(['1ef-1', '1ef-0']);

    const undone = (await installation.cli('undo', removed.run_id, '--wait', '--json')).json;
    expect(undone).toMatchObject({
      status: 'success',
      totals: { restored_documents: 3, restored_vectors: 2, restored_children: 10, refused: 0 },
    });
    expect(await rows()).toEqual(before);
    expect(await ask([...lookUp, ...states])).toEqual(found);
    expect(found[3]).toHaveLength(3);
  });

  it('holds name an item by its namespace and key, and forget removes all that the ledger keeps of it', async () => {
    const holds = (await installation.cli('holds', 'list', '--collection', 'items', '--json')).json;
    expect(holds.map((one: { id: string }) => one.id).sort()).toEqual([
      '["memories.anna","aged"]',
      '["memories.anna","old"]',
    ]);
    await installation.cli('holds', 'lift', '--id', '["memories.anna","old"]', '--json');
    expect((await installation.cli('run', 'ttl-cleanup', '--wait', '--json')).json.totals).toMatchObject({
      ...{ deleted_documents: 1, deleted_vectors: 1, deleted_children: 1 },
    });
    const { removed } = (await installation.cli('forget', '--id', '["memories.anna", "old"]', '--yes', '--json')).json;
    expect(removed).toMatchObject({ ledger_rows: 2 });
  });

  it('copies within a namespace become one, with its vectors; after the undo the library finds both', async () => {
    const namespace = ['memories', 'cleo'];
    const twin = (key: string): Operation => ['put', { namespace, key, value: { text: 'twin abc' } }];
    const lookTwins: readonly Operation[] = [['search', { namespace, query: 'abc' }]];
    await ask([twin('a'), twin('b'), put(namespace, 'c'), put(['memories', 'dan'], 'c')]);
    const before = await rows();
    const run = (await installation.cli('run', 'dedup', '--json')).json;
    expect(run).toMatchObject({ status: 'success', affected_count: 1, totals: { deleted_children: 1 } });
    expect((await ask(lookTwins))[0].toSorted()).toEqual(['a', 'c']);
    const undone = (await installation.cli('undo', run.run_id, '--wait', '--json')).json;
    expect(undone).toMatchObject({ status: 'success', totals: { restored_memories: 1, restored_children: 1 } });
    expect(await rows()).toEqual(before);
    expect((await ask(lookTwins))[0].toSorted()).toEqual(['a', 'b', 'c']);
  });
});
