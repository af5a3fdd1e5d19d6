import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toMapping } from '../../src/config/mapping.ts';
import { loadQueryRows } from '../../src/stores/postgres/load-queries.ts';
import { createGate, type Gate } from '../support/gate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
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
  let gate: Gate;

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
    gate = await createGate(
      killed.parts.db,
      tables.map((table) => `after insert or update on knowledge.${table}`),
    );
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
    const { result } = await gate.hold(
      statement,
      () => run(killed, job),
      () => worker.kill(),
    );
    [worker] = [await killed.worker(), await killed.worker()];
    return result;
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
