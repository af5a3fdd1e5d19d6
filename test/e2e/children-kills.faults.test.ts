import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentsOf, seed } from '../support/corpus.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeOnBothStores } from '../support/requires.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
const all = 300;
const documents = Array.from({ length: all }, (_, at) => ({ id: `d${at}`, workspace: `w${at % 3}`, expired: true }));

const children = [
  {
    ...{ table: 'public.parts', id: 'id', parent: { doc: 'id' } },
    children: [{ table: 'public.notes', id: 'id', parent: { part: 'id' } }],
  },
];

const tables = `
  create table public.parts (id text primary key, doc text references knowledge.documents on delete cascade);
  create index on public.parts (doc);
  create table public.notes (id text primary key, part text references public.parts on delete cascade, body text);
  create index on public.notes (part)`;

const fill = `
  insert into public.parts select id || '-' || n, id from knowledge.documents, generate_series(1, 2) n;
  insert into public.notes select id || '-' || n, id, 'note ' || n from public.parts, generate_series(1, 2) n`;

describeOnBothStores('a worker killed while children go or come back with their rows', (stores) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let gate: Gate;
  const cli = (...args: string[]) => installation.cli(...args, '--json');

  beforeAll(async () => {
    const settings = {
      collections: { documents: { children, accept: ['gate'] } },
      jobs: { 'ttl-cleanup': { brake: open } },
    };
    installation = await createInstallation({ ...stores, settings });
    await sql.raw(tables).execute(installation.parts.db);
    gate = await createGate(installation.parts.db, ['after insert or delete on public.notes']);
    await seed(installation.parts, documents);
    await sql.raw(fill).execute(installation.parts.db);
    worker = await installation.worker();
  });
  afterAll(() => installation?.close());

  async function contents(): Promise<unknown> {
    const { db } = installation.parts;
    const rowsOf = async (table: string) =>
      (await sql<{ row: string }>`select t::text as row from ${sql.table(table)} t order by 1`.execute(db)).rows;
    return [await contentsOf(installation.parts), await rowsOf('public.parts'), await rowsOf('public.notes')];
  }

  /** Kills the worker when it has executed, and not committed, that statement; another one goes on. */
  async function killedAt<T>(statement: number, work: () => Promise<T>): Promise<T> {
    const { result } = await gate.hold(statement, work, () => worker.kill());
    worker = await installation.worker();
    return result;
  }

  it('all is removed and counted once, and its undo is the identity', async () => {
    const before = await contents();
    const run = await killedAt(4, async () => (await cli('run', 'ttl-cleanup', '--wait')).json);
    const gone = { deleted_documents: all, deleted_vectors: 2 * all, deleted_children: 6 * all };
    expect(run).toMatchObject({ status: 'success', totals: gone });
    expect(await contents()).not.toEqual(before);
    const undone = await killedAt(1, async () => (await cli('undo', run.run_id, '--wait')).json);
    const back = { restored_documents: all, restored_vectors: 2 * all, restored_children: 6 * all, refused: 0 };
    expect(undone).toMatchObject({ status: 'success', totals: back });
    expect(await contents()).toEqual(before);
    await cli('holds', 'lift', '--collection', 'documents');
  });
});
