import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { runJob } from '../../src/operations/run.ts';
import { waitForRun } from '../../src/operations/wait.ts';
import { getRun, toRunJson } from '../../src/state/runs.ts';
import { startTemporal } from '../../tools/servers/temporal.ts';
import { contentsOf, seed } from '../support/corpus.ts';
import { createInstallation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

describeEndToEnd('the Temporal server, killed and started again in the middle of a run', () => {
  it('the run goes on and ends as if undisturbed', async () => {
    const postgresUrl = inject('postgresUrl') ?? '';
    const dir = mkdtempSync(join(tmpdir(), 'coppice-temporal-'));
    const port = await freePort();
    const log = () => {};
    let server = await startTemporal({ dir, port, log });
    const installation = await createInstallation({
      postgresUrl,
      temporalAddress: server.address,
      settings: {
        jobs: {
          'ttl-cleanup': {
            brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 },
            parameters: { batch_size: 2 },
          },
        },
      },
    });
    const { parts, context } = installation;
    const documents = Array.from({ length: 3000 }, (_, at) => ({
      id: `d${at}`,
      workspace: `w${at % 9}`,
      expired: at % 3 !== 0,
    }));
    await seed(parts, documents);
    const before = await contentsOf(parts);
    await installation.worker();
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    await until('it works', async () => {
      const json = await toRunJson(parts.db, await getRun(parts.db, run.run_id));
      return (json.totals.deleted_documents ?? 0) > 0;
    });
    await server.kill();
    server = await startTemporal({ dir, port, log });
    const ended = await waitForRun(context, run.run_id);
    expect(ended).toMatchObject({
      status: 'success',
      totals: { deleted_documents: 2000, deleted_vectors: 4000 },
      dead_letters: 0,
    });
    const gone = new Set(documents.filter((one) => one.expired).map((one) => one.id));
    expect((await contentsOf(parts)).byDocument).toEqual(
      new Map([...before.byDocument].filter(([id]) => !gone.has(id))),
    );
    await installation.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
});
