import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { scheduledJobs } from '../support/scheduled-jobs.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const documents = Array.from({ length: 40 }, (_, at) => ({ id: `d${at}`, workspace: `w${at % 2}`, expired: at < 4 }));

const graphTables = ['documents', 'entities', 'mentions', 'relations', 'vectors', 'results', 'versions'].map(
  (name) => `knowledge.graph_${name}`,
);

/** Each job has one. */
const schedulesOf = ({ schedulePrefix }: Installation) =>
  scheduledJobs.map(({ id }) => `${schedulePrefix}${id}`).toSorted();

describeEndToEnd('uninstall', (servers) => {
  let installation: Installation;
  let neighbour: Installation;
  let worker: WorkerProcess;

  beforeAll(async () => {
    [installation, neighbour] = await Promise.all([createInstallation(servers), createInstallation(servers)]);
    await seed(installation.parts, documents);
    await execute(`create schema app; create table app.notes (id int primary key, doc text references knowledge.documents);
      insert into app.notes values (1, 'd39'); create schema empty; create view app.seen as select * from app.notes`);
    await neighbour.cli('schedules', 'apply');
    worker = await installation.worker();
    const run = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run.json.totals).toMatchObject({ deleted_documents: 4 });
  });
  afterAll(async () => {
    await Promise.all([installation.close(), neighbour.close()]);
  });

  const execute = (statements: string) => sql.raw(statements).execute(installation.parts.db);
  const uninstall = (...args: string[]) => installation.cli('uninstall', ...args, '--json');

  /** Every table, view and schema outside schema coppice, with its rows as text. */
  async function others(): Promise<unknown> {
    const { db } = installation.parts;
    const { rows: schemas } = await sql`select nspname, nspacl::text from pg_namespace
      where nspname <> 'coppice' and nspname !~ '^pg_' order by 1`.execute(db);
    const { rows } = await sql<{ name: string; kind: string }>`
      select format('%I.%I', nspname, relname) as name, relkind::text as kind
      from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname not in ('coppice', 'information_schema') and nspname !~ '^pg_' order by 1`.execute(db);
    const contents = [];
    for (const { name, kind } of rows) {
      if (kind !== 'r') continue;
      const table = await sql.raw(`select t::text as row from ${name} t order by 1`).execute(db);
      contents.push(table.rows);
    }
    return [schemas, rows, contents];
  }

  async function schedules(of: Installation): Promise<string[]> {
    const { json } = await of.cli('schedules', 'list', '--json');
    return json.map((one: { schedule_id: string }) => one.schedule_id);
  }

  async function ownTables(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`
      select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where nspname = 'coppice' and relkind = 'r' order by 1`.execute(installation.parts.db);
    return rows.map(({ name }) => name);
  }

  it('without --yes lists what it would do and what is lost, and does nothing', async () => {
    await until('the schedule is listed', async () => (await schedules(installation)).length === scheduledJobs.length);
    const [before, tables] = [await others(), await ownTables()];
    const { code, json } = await uninstall();
    expect(code).toBe(2);
    expect(json).toMatchObject({ done: false, installation: installation.id, loses: { undoable_rows: 4 } });
    expect(json.removes).toEqual({
      schedules: schedulesOf(installation),
      tables: tables.map((name) => `coppice.${name}`),
    });
    const days = (Date.parse(json.loses.undoable_until) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29);
    expect(days).toBeLessThan(31);
    expect(json.leaves.join()).toMatch(/knowledge\.documents.*search attributes CoppiceJob.*coppice\.yaml/);
    expect([await others(), await ownTables()]).toEqual([before, tables]);
    expect(await schedules(installation)).toHaveLength(scheduledJobs.length);
  });

  it('is refused without Temporal, unless the schedules are to stay', async () => {
    const nowhere = ['--address', '127.0.0.1:1'];
    const { code, json } = await uninstall(...nowhere);
    expect(code).toBe(1);
    expect(json.error).toMatchObject({
      name: 'TemporalUnavailableError',
      hint: expect.stringContaining('--keep-schedules'),
    });
    const kept = await uninstall(...nowhere, '--keep-schedules');
    expect(kept.json.removes.schedules).toEqual([]);
    expect(kept.json.leaves).toContain('schedules of this installation in Temporal');
  });

  it('is refused while a run is open, and removes nothing', async () => {
    await worker.stop();
    const run = await installation.cli('run', 'ttl-cleanup', '--json');
    const { code, json } = await uninstall('--yes');
    expect(code).toBe(1);
    expect(json.error).toMatchObject({ name: 'RunOpenError', hint: expect.stringContaining(run.json.run_id) });
    expect(await schedules(installation)).toHaveLength(scheduledJobs.length);
    await installation.client.workflow.getHandle(run.json.workflow_id).terminate();
  });

  it('from a copy of the database the schedules of the original are out of reach', async () => {
    const { db } = installation.parts;
    const { rows } = await sql<{ oid: string }>`select database_oid::text as oid from coppice.installation`.execute(db);
    await execute('update coppice.installation set database_oid = 1');
    const { code, json } = await uninstall('--yes');
    expect(code).toBe(1);
    expect(json.error).toMatchObject({
      name: 'CopiedDatabaseError',
      hint: expect.stringContaining('--keep-schedules'),
    });
    expect((await uninstall('--keep-schedules')).json.removes.schedules).toEqual([]);
    const doctor = await installation.cli('doctor', '--json');
    expect(doctor).toMatchObject({
      code: 1,
      json: { checks: expect.arrayContaining([expect.objectContaining({ name: 'coppice tables', ok: false })]) },
    });
    await execute(`update coppice.installation set database_oid = ${rows[0]?.oid}`);
    expect(await schedules(installation)).toHaveLength(scheduledJobs.length);
  });

  it('is refused where other objects depend on its tables, before a schedule is deleted', async () => {
    await execute('create view app.report as select run_id from coppice.runs');
    const { code, json } = await uninstall('--yes');
    expect(code).toBe(1);
    expect(json.error.name).toBe('OthersDependError');
    expect(json.error.message).toContain('view app.report depends on table coppice.runs');
    expect(await schedules(installation)).toHaveLength(scheduledJobs.length);
    await execute('drop view app.report');
  });

  it('removes its schedules and tables; everything else stays byte for byte', async () => {
    const before = await others();
    const { code, json } = await uninstall('--yes');
    expect(code).toBe(0);
    expect(json).toMatchObject({ done: true, installation: installation.id });
    const { rows } = await sql`select from pg_namespace where nspname = 'coppice'`.execute(installation.parts.db);
    expect(rows).toEqual([]);
    expect(await others()).toEqual(before);
    const handle = installation.client.schedule.getHandle(`${installation.schedulePrefix}ttl-cleanup`);
    await expect(handle.describe()).rejects.toMatchObject({ name: 'ScheduleNotFoundError' });
    expect(await schedules(neighbour)).toEqual(schedulesOf(neighbour));
  });

  it('again is nothing', async () => {
    for (const args of [[], ['--yes']]) {
      const { code, json } = await uninstall(...args);
      expect(code).toBe(0);
      expect(json).toMatchObject({ installation: null, removes: { schedules: [], tables: [] } });
    }
  });

  it('with --documents removes those too, but not while others use them', async () => {
    const refused = await uninstall('--yes', '--documents');
    expect(refused.json.error.message).toContain('table app.notes depends on table knowledge.documents');
    await execute('alter table app.notes drop constraint notes_doc_fkey');
    const { json } = await uninstall('--yes', '--documents');
    expect(json.removes.tables).toEqual(['knowledge.documents', 'knowledge.chunks', ...graphTables]);
    expect(JSON.stringify(await others())).not.toContain('knowledge');
    const { rows } = await execute('select * from app.seen');
    expect(rows).toEqual([{ id: 1, doc: 'd39' }]);
  });

  it('leaves the schema where it holds foreign objects, and can be installed again', async () => {
    await installation.cli('migrate');
    await execute('create table coppice.theirs (id int)');
    const { code, json } = await uninstall('--yes', '--keep-schedules');
    expect(code).toBe(0);
    expect(json.leaves).toContain('schema coppice, since it holds table coppice.theirs');
    expect(await ownTables()).toEqual(['theirs']);
  });
});
