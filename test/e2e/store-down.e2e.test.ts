import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

async function plainTable(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`create table plain (id int primary key, owner text, expires_at timestamptz);
    insert into plain select n, 'o' || n % 3, now() - interval '1 day' from generate_series(1, 30) n`);
  await client.end();
}

describeEndToEnd('a worker that starts while Weaviate is down', (servers) => {
  let installation: Installation;
  let worker: WorkerProcess;

  beforeAll(async () => {
    // Nothing listens there.
    const weaviateUrl = `http://127.0.0.1:${await freePort()}`;
    const plain = { table: 'public.plain', workspace: 'owner', vectors: { in: 'none' } };
    const brake = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };
    installation = await createInstallation({
      ...{ ...servers, weaviateUrl, application: plainTable },
      settings: { collections: { documents: {}, plain }, jobs: { 'ttl-cleanup': { brake } } },
    });
    await sql`insert into knowledge.documents (id, workspace, expires_at)
      values ('d', 'w', now() - interval '1 day')`.execute(installation.parts.db);
    worker = await installation.worker();
  });
  afterAll(() => installation?.close());

  it('names the store that is not prepared', async () => {
    // The log is another stream than the one that announces the worker.
    const line = await until('the worker logs it', async () =>
      worker.lines.find((one) => one.includes('a store could not be prepared')),
    );
    expect(JSON.parse(line)).toMatchObject({
      store: 'vectors of documents',
      reason: expect.stringContaining('weaviate at http://127.0.0.1'),
    });
  });

  it('handles the collections of other stores and names the one that is left out', async () => {
    const { run_id: runId } = await runJob(installation.context, 'ttl-cleanup', {}, { preview: false });
    expect(await waitForRun(installation.context, runId)).toMatchObject({
      status: 'partial',
      totals: { deleted_documents: 30 },
      failed_collections: [{ collection: 'documents', error: { name: 'ConnectionError' } }],
    });
    const { rows } = await sql`select from knowledge.documents`.execute(installation.parts.db);
    expect(rows).toHaveLength(1);
  }, 120_000);
});
