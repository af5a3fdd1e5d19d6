import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { runJob } from '../../src/operations/runs/run.ts';
import { waitForRun } from '../../src/operations/runs/wait.ts';
import { getRun, toRunJson } from '../../src/state/runs/runs.ts';
import { startPostgres } from '../../tools/servers/postgres.ts';
import { seed } from '../support/corpus.ts';
import { createInstallation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';

const partitions = 10_000;
const documents = Array.from({ length: partitions }, (_, at) => ({
  id: `d${at}`,
  workspace: `workspace ${at}`,
  expired: true,
}));
const log = () => {};

describeEndToEnd('a store that is down in the middle of a run of 10,000 partitions', (servers) => {
  it('costs a pause of all packs and one probe, not a retry for each partition', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'coppice-outage-'));
    chmodSync(dir, 0o755); // PostgreSQL may run as another user
    const place = { dir, port: await freePort(), fast: true, log };
    let postgres = await startPostgres(place);
    const installation = await createInstallation({
      ...servers,
      postgresUrl: postgres.url,
      settings: {
        jobs: {
          'ttl-cleanup': {
            brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 },
            parameters: { batch_size: 50 },
          },
        },
      },
    });
    const { parts, context, client } = installation;
    await seed(parts, documents);
    await installation.worker();
    const run = await runJob(context, 'ttl-cleanup', {}, { preview: false });
    await until('it works', async () => {
      const json = await toRunJson(parts.db, await getRun(parts.db, run.run_id));
      return (json.totals.deleted_documents ?? 0) > 100;
    });
    await postgres.kill();
    const handle = client.workflow.getHandle(run.workflow_id);
    await until('the run has probed in vain for a while', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.some((one) => one.activityType?.name === 'probe' && Number(one.attempt) > 4);
    });
    postgres = await startPostgres(place);
    const ended = await waitForRun(context, run.run_id);
    expect(ended).toMatchObject({ status: 'success', dead_letters: 0, totals: { deleted_documents: partitions } });

    const { events } = await handle.fetchHistory();
    const scheduled = (events ?? []).flatMap(
      (one) => one.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    const count = (name: string) => scheduled.filter((one) => one === name).length;
    // Three packs are open at a time: each fails once, and its rest is one more activity.
    expect(count('probe')).toBeLessThanOrEqual(3);
    expect(scheduled.length).toBeLessThan(60);
    await installation.close();
    await postgres.stop();
    rmSync(dir, { recursive: true, force: true });
  }, 300_000);
});
