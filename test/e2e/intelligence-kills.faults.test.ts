import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { loadQueryRows } from '../../src/stores/postgres/load-queries.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { lockWaiters } from '../support/lock-waiters.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const texts = ['restore a database backup', 'schedule database backup jobs', 'database backup retention'];
const others = ['download an invoice', 'wrong amount on an invoice', 'invoice address change'];
const tables = ['topic_extractions', 'user_insights', 'org_knowledge', 'intelligence_reports'];
const dayMs = 86_400_000;
const midnight = Math.floor(Date.now() / dayMs) * dayMs;

/** Six users ask about backups over nine weeks, and this week about invoices. */
const questions = ['ann', 'bob', 'cara', 'dora', 'emil', 'fred'].flatMap((user, at) =>
  Array.from({ length: 63 }, (_, day) => ({
    ...{ id: `${user}-${day}`, user, question: (day < 7 ? others : texts)[(day + at) % 3] ?? '' },
    ...{ answer: 'see the manual', asked_at: new Date(midnight - (day + 0.5) * dayMs).toISOString() },
  })),
);

describeEndToEnd('a worker killed while it writes topics, insights or reports', (servers) => {
  let undisturbed: Installation;
  let killed: Installation;
  let worker: WorkerProcess;

  async function create(): Promise<Installation> {
    const installation = await createInstallation({
      ...servers,
      settings: { collections: { queries: { kind: 'queries' } } },
    });
    await loadQueryRows(installation.parts.db, toMapping('queries', { kind: 'queries' }), questions);
    return installation;
  }

  beforeAll(async () => {
    [undisturbed, killed] = [await create(), await create()];
    const gates = tables.map(
      (table) => `create trigger gate after insert or update on knowledge.${table}
      for each statement execute function wait_at_gate()`,
    );
    await sql
      .raw(`
      create sequence statements;
      create table gate (no int8);
      create function wait_at_gate() returns trigger language plpgsql as $$ begin
        if nextval('statements') = (select no from gate) then perform pg_advisory_xact_lock(1); end if;
        return null;
      end $$;
      ${gates.join(';')}`)
      .execute(killed.parts.db);
    await undisturbed.worker();
    worker = await killed.worker();
  });
  afterAll(async () => {
    await undisturbed?.close();
    await killed?.close();
  });

  /** Result tables without the times at which rows were written. */
  async function results({ parts: { db } }: Installation): Promise<string[]> {
    const images = tables.map(async (table) => {
      const { rows } = await sql<{ line: string }>`
        select (to_jsonb(t) - 'created_at' - 'updated_at' - 'extracted_at')::text as line from knowledge.${sql.id(table)} t
        order by 1`.execute(db);
      return rows.map(({ line }) => `${table} ${line}`);
    });
    return (await Promise.all(images)).flat();
  }

  const run = async ({ cli }: Installation, job: string) => (await cli('run', job, '--wait', '--json')).json;

  /** Kills the worker with this statement written and not committed; two others continue. */
  async function runKilledAt(statement: number, job: string) {
    const { db } = killed.parts;
    await sql`alter sequence statements restart`.execute(db);
    await sql`delete from gate`.execute(db);
    await sql`insert into gate values (${statement})`.execute(db);
    const started: ReturnType<typeof run>[] = [];
    await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(1)`.execute(tx);
      started.push(run(killed, job));
      await until('the statement waits at the gate', async () => (await lockWaiters(db)) > 0);
      await worker.kill();
    });
    [worker] = [await killed.worker(), await killed.worker()];
    return started[0];
  }

  it.each([
    ['topic-extraction', 2],
    ['insight-generation', 3],
    ['weekly-report', 2],
  ])('%s ends with the tables of an undisturbed run', async (job, statement) => {
    const expected = await run(undisturbed, job);
    expect(expected).toMatchObject({ status: 'success' });
    const found = await runKilledAt(statement, job);
    expect(found).toMatchObject({ status: 'success', totals: expected.totals });
    expect(await results(killed)).toEqual(await results(undisturbed));
  });
});
