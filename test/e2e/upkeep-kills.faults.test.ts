import { type RawBuilder, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunJson } from '../../src/domain/run.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createGate, type Gate, gateLock } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
/** Two whole batches of 5,000 and a part of one; their chunks are twice as many. */
const oldDocuments = 12_000;

describeEndToEnd('a worker killed in the middle of upkeep', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;
  let gate: Gate;
  let recent: RunJson;
  let before: Awaited<ReturnType<typeof contentsOf>>;
  let ledger: string;

  beforeAll(async () => {
    installation = await createInstallation({ ...servers, settings: { jobs: { 'ttl-cleanup': { brake: open } } } });
    worker = await installation.worker();
    before = await seeded('recent', 20);
    recent = await cleanUp(20);
    const { db } = installation.parts;
    const rows = db.selectFrom('coppice.ledger_tables').select('name').where('part', '=', 'rows');
    ledger = (await rows.executeTakeFirstOrThrow()).name;
    gate = await createGate(db, [`before delete on coppice."${ledger}"`]);
  });
  afterAll(() => installation?.close());

  async function seeded(name: string, count: number) {
    const documents = Array.from({ length: count }, (_, at) => ({ id: `${name}${at}`, workspace: 'w', expired: true }));
    await seed(installation.parts, documents);
    return contentsOf(installation.parts);
  }

  async function cleanUp(documents: number): Promise<RunJson> {
    const { json } = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(json).toMatchObject({ status: 'success', totals: { deleted_documents: documents } });
    return json;
  }

  /** A run of forty days ago, with all that the ledger has of it. Its number. */
  async function oldRun(name: string): Promise<number> {
    const { db } = installation.parts;
    await seeded(name, oldDocuments);
    const { run_id: runId } = await cleanUp(oldDocuments);
    const { rows } = await sql<{ no: number }>`
      update coppice.runs set started_at = started_at - interval '40 days',
        finished_at = finished_at - interval '40 days' where run_id = ${runId} returning no`.execute(db);
    const no = rows[0]?.no ?? 0;
    await sql`update coppice.run_partitions set started_at = started_at - interval '40 days' where run_no = ${no}`.execute(
      db,
    );
    for (const { name: table } of await db.selectFrom('coppice.ledger_tables').select('name').execute()) {
      await sql`update ${sql.id('coppice', table)} set coppice_day = coppice_day - 40 where coppice_run = ${no}`.execute(
        db,
      );
    }
    return no;
  }

  async function countOf(what: RawBuilder<unknown>): Promise<number> {
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from ${what}`.execute(
      installation.parts.db,
    );
    return rows[0]?.count ?? 0;
  }

  const inLedger = (no: number) => countOf(sql`${sql.id('coppice', ledger)} where coppice_run = ${no}`);

  it.each([
    ['in its first batch', 1, oldDocuments],
    ['after a batch', 2, oldDocuments - 5_000],
    ['in its last batch of a ledger', 3, oldDocuments - 10_000],
    ['when the ledger is trimmed, and the history is not', null, 0],
  ] as const)('%s leaves what the next attempt brings to an end, and nothing is counted twice', async (_, at, left) => {
    const { parts, cli } = installation;
    const no = await oldRun(`old-${at}-`);
    await gate.arm(at);
    let upkeep: ReturnType<typeof cli> | undefined;
    await parts.db.transaction().execute(async (tx) => {
      if (at === null) await sql`select from coppice.runs where no = ${no} for update`.execute(tx);
      else await gateLock.execute(tx);
      upkeep = cli('run', 'upkeep', '--wait', '--json');
      await until('upkeep waits for the row', async () => (await lockWaiters(parts.db)) > 0);
      await worker.kill();
      expect(await inLedger(no)).toBe(left);
    });
    worker = await installation.worker();
    expect((await upkeep)?.json).toMatchObject({
      status: 'success',
      totals: { deleted_ledger_rows: oldDocuments * 3, deleted_runs: 1 },
    });
    expect(await inLedger(no)).toBe(0);
    expect(await countOf(sql`coppice.runs where no = ${no}`)).toBe(0);
    expect(await countOf(sql`coppice.run_partitions where run_no = ${no}`)).toBe(0);
  });

  it('and what an undo can still use is whole', async () => {
    const undone = await installation.cli('undo', recent.run_id, '--wait', '--json');
    expect(undone.json).toMatchObject({ status: 'success', totals: { restored_documents: 20, restored_vectors: 40 } });
    expect(await contentsOf(installation.parts)).toEqual(before);
  });
});
