import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/schema.ts';
import { ensureLedgerTable, type LedgerSource, ledgerName } from '../../src/state/ledger/ledger.ts';
import { askRun } from '../../src/state/runs/runs.ts';
import { agedRecords, deleteDeadLetters, deleteLeftovers, deleteRecords } from '../../src/state/upkeep/history.ts';
import { agedRuns, deleteAged, dropIfEmpty, ledgerParts } from '../../src/state/upkeep/ledger.ts';
import { vacuum, vacuumable } from '../../src/state/upkeep/vacuum.ts';
import { describeOnDatabases } from '../support/stores.ts';

const source: LedgerSource = {
  collection: 'documents',
  part: 'rows',
  table: { schema: 'public', name: 'docs' },
  columns: [{ name: 'id', type: 'text' }],
};
const retention = { days: { short: 7, 'ttl-cleanup': 30 }, otherwise: 60 };

describeOnDatabases('upkeep of the tables', (database) => {
  interface Given {
    readonly job?: string;
    readonly status?: string;
    readonly days: number;
    readonly undoes?: string;
  }

  /** A run that began and ended so many days ago. */
  async function runOf({ job = 'ttl-cleanup', status = 'success', days, undoes }: Given) {
    const { db } = database;
    const runId = randomUUID();
    const kind = undoes === undefined ? 'sweep' : 'undo';
    const asked = { runId, workflowId: `w-${runId}`, namespace: 'default', job, kind, parameters: {} } as const;
    await askRun(db, { ...asked, requestedBy: null, undoes: undoes ?? null });
    const { rows } = await sql<{ no: number }>`
      update coppice.runs set status = ${status}, started_at = now() - make_interval(days => ${days}::int),
        finished_at = case when ${status} in ('pending', 'running') then null
          else now() - make_interval(days => ${days}::int) end
      where run_id = ${runId} returning no`.execute(db);
    return { runId, no: rows[0]?.no ?? 0 };
  }

  async function ledger(db: Db): Promise<string> {
    await sql`create table if not exists public.docs (id text primary key)`.execute(db);
    await db.transaction().execute((tx) => ensureLedgerTable(tx, source));
    return ledgerName(source);
  }

  async function removed(no: number, days: number, state: string | null = null): Promise<void> {
    const name = await ledger(database.db);
    await sql`insert into ${sql.id('coppice', name)}
      select 'row ' || n, ${no}, current_date - ${days}::int, 1, ${state}, 1, null from generate_series(1, 3) n`.execute(
      database.db,
    );
  }

  async function leftOf(no: number): Promise<number> {
    const name = await ledger(database.db);
    const { rows } = await sql<{ count: number }>`
      select count(*)::int as count from ${sql.id('coppice', name)} where coppice_run = ${no}`.execute(database.db);
    return rows[0]?.count ?? 0;
  }

  async function trim(): Promise<void> {
    for (const part of await ledgerParts(database.db)) {
      for (const aged of await agedRuns(database.db, part, retention)) {
        const one = () => database.db.transaction().execute((tx) => deleteAged(tx, part, aged, 2));
        while ((await one()) === 2);
      }
    }
  }

  test('the ledger lets go of what its job keeps no longer, and of nothing that an undo may still use', async () => {
    const old = await runOf({ days: 40 });
    const shortLived = await runOf({ job: 'short', days: 10 });
    const recent = await runOf({ days: 29 });
    const unknownJob = await runOf({ job: 'gone', days: 40 });
    const open = await runOf({ days: 40, status: 'running' });
    const unsettled = await runOf({ days: 40 });
    const undone = await runOf({ days: 40 });
    await runOf({ days: 0, status: 'running', undoes: undone.runId });
    const withoutRecord = 9_000_001;
    for (const { no } of [old, unknownJob, open, unsettled, undone]) await removed(no, 40);
    await removed(shortLived.no, 10);
    await removed(recent.no, 29);
    await removed(unsettled.no, 40, 'intent');
    await removed(withoutRecord, 61);
    // Over midnight: the older half of a run goes first.
    const long = await runOf({ days: 31 });
    await removed(long.no, 31);
    await removed(long.no, 30);
    await trim();
    await trim();
    const left = await Promise.all(
      [old, shortLived, recent, unknownJob, open, unsettled, undone, long, { no: withoutRecord }].map(({ no }) =>
        leftOf(no),
      ),
    );
    expect(left).toEqual([0, 0, 3, 3, 3, 6, 3, 3, 0]);
  });

  test('vectors of another store age with their run', async () => {
    const [old, recent] = [await runOf({ days: 40 }), await runOf({ days: 3 })];
    for (const [no, days] of [
      [old.no, 40],
      [recent.no, 3],
    ]) {
      await sql`insert into coppice.ledger_vectors (run_no, day, collection, part_no, row_id, vector_id, properties, vectors)
        values (${no}, current_date - ${days}::int, 'documents', 1, 'a', 'v', '{}', '{}')`.execute(database.db);
    }
    await trim();
    const { rows } =
      await sql`select run_no::int as no from coppice.ledger_vectors where run_no in (${old.no}, ${recent.no})`.execute(
        database.db,
      );
    expect(rows).toEqual([{ no: recent.no }]);
  });

  test('runs go with their partitions, but none that is open, that may be approved, or that the ledger needs', async () => {
    const { db } = database;
    const old = await runOf({ days: 40 });
    const kept = {
      recent: await runOf({ days: 29 }),
      open: await runOf({ days: 40, status: 'running' }),
      pending: await runOf({ days: 40, status: 'pending' }),
      inLedger: await runOf({ days: 40 }),
    };
    const held = await runOf({ days: 40, status: 'held' });
    await removed(kept.inLedger.no, 0);
    await sql`insert into coppice.run_partitions (run_no, no, collection, partition, rows, due)
      select ${old.no}, n, 'documents', 'p' || n, 1, 1 from generate_series(1, 7) n`.execute(db);
    const ours = [old.no, held.no, ...Object.values(kept).map(({ no }) => no)];
    for (;;) {
      const aged = (await agedRecords(db, 30, 24, 1000)).filter((no) => ours.includes(no));
      if (aged.length === 0) break;
      const did = await db.transaction().execute((tx) => deleteRecords(tx, aged, 3));
      expect(did.partitions).toBeLessThanOrEqual(3);
    }
    const { rows } = await sql<{ no: number }>`
      select no::int as no from coppice.runs where no = any(${ours}::bigint[]) order by no`.execute(db);
    expect(rows.map((row) => row.no)).toEqual(Object.values(kept).map(({ no }) => no));
    // A run that was held recently may be approved, whatever the retention.
    const justHeld = await runOf({ days: 1, status: 'held' });
    expect(await agedRecords(db, 0.5, 24, 1000)).not.toContain(justHeld.no);
  });

  test('dead letters that no run met again, resolved alerts, and leases of deleted undos', async () => {
    const { db } = database;
    await sql`insert into coppice.dead_letters (job, key, collection, partition, run_id, attempts, error, parameters, last_at)
      values ('j', 'old', 'c', 'p', 'r', 1, '{}', '{}', now() - interval '31 days'),
        ('j', 'new', 'c', 'q', 'r', 1, '{}', '{}', now() - interval '29 days')`.execute(db);
    await sql`insert into coppice.alerts (rule, subject, message, resolved_at)
      values ('r', 'old', '', now() - interval '31 days'), ('r', 'new', '', now()), ('r', 'stands', '', null)`.execute(
      db,
    );
    const run = await runOf({ days: 1 });
    await sql`insert into coppice.leases (name, generation) values
      ('undo:gone', 1), (${`undo:${run.runId}`}, 1), ('ttl-cleanup', 4)`.execute(db);
    expect(await db.transaction().execute((tx) => deleteDeadLetters(tx, 30, 100))).toBe(1);
    expect(await db.transaction().execute((tx) => deleteLeftovers(tx, 30))).toEqual({ alerts: 1, leases: 1 });
    const { rows } = await sql`
      select (select array_agg(key) from coppice.dead_letters) as letters,
        (select array_agg(subject order by subject) from coppice.alerts) as alerts,
        (select count(*)::int from coppice.leases) as leases`.execute(db);
    expect(rows).toEqual([{ letters: ['new'], alerts: ['new', 'stands'], leases: 2 }]);
  });

  test('a ledger table is dropped only when it is empty', async () => {
    const { db } = database;
    const name = await ledger(db);
    const drop = () => db.transaction().execute((tx) => dropIfEmpty(tx, name));
    await removed(1, 0);
    expect(await drop()).toBe(false);
    await sql`delete from ${sql.id('coppice', name)}`.execute(db);
    expect(await drop()).toBe(true);
    expect((await ledgerParts(db)).map((one) => one.name)).toEqual(['ledger_graph', 'ledger_vectors']);
    expect(await drop()).toBe(true);
  });

  test('it vacuums its own tables only', async () => {
    const names = await vacuumable(database.db);
    expect(names).toEqual(expect.arrayContaining(['runs', 'run_partitions', 'ledger_vectors']));
    for (const name of names) await vacuum(database.db, name);
  });
});
