import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { alertNotice } from '../../src/activities/webhook/notice.ts';
import { postNotice } from '../../src/activities/webhook/post.ts';
import { freePort } from '../../src/local/free-port.ts';
import { countUsage } from '../../src/state/proposals/usage.ts';
import { startTestApi, type TestApi } from '../api/support/test-api.ts';
import { createWorld, fillWorld } from '../api/support/world.ts';
import type { Installation } from '../support/installation.ts';
import { describeWithProgram, type RunningProgram, startProgram } from '../support/programs.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { until } from '../support/until.ts';
import { dashboardQueries, ruleMetrics, rulesFile, rulesTestFile } from './queries.ts';

describeWithProgram('promtool', 'prometheus', 'alert rules for Prometheus', () => {
  it('are valid, fire for what needs a person, and stay silent otherwise', () => {
    const promtool = (...args: string[]) => execFileSync('promtool', args, { encoding: 'utf8' });
    expect(promtool('check', 'rules', rulesFile)).toContain('SUCCESS');
    expect(promtool('test', 'rules', rulesTestFile)).toContain('SUCCESS');
  });
});

describeWithProgram('prometheus', 'prometheus', 'dashboard and alert rules', () => {
  describeEndToEnd('on Prometheus', (servers) => {
    let installation: Installation;
    let api: TestApi;
    let prometheus: RunningProgram;

    beforeAll(async () => {
      const workerMetrics = `127.0.0.1:${await freePort()}`;
      installation = await createWorld(servers, { documents: {} }, ['--metrics', workerMetrics]);
      api = await startTestApi(installation);
      await fillWorld(installation, api);
      for (const verb of ['run-all-gc', 'recompute-gds'])
        await api.ask('POST', `/maintenance/${verb}`, { headers: { 'x-group-id': 'scarlet' } });
      await api.ask('POST', '/api/v1/jobs/health-check/runs', { headers: { prefer: 'wait=60' } });
      const { db } = installation.parts;
      await countUsage(db, [
        { model: 'm', outcome: 'answered', calls: 1, inputTokens: 2, outputTokens: 3, seconds: 4 },
      ]);
      await sql`update coppice.leases set run_id = 'r', workflow_id = 'w', namespace = 'default', acquired_at = now()
        where name = 'ttl-cleanup'`.execute(db);
      prometheus = await startProgram('prometheus', (address, folder) => {
        const file = join(folder, 'prometheus.yaml');
        writeFileSync(file, stringify(scrapeConfiguration(new URL(api.url).host, workerMetrics, api.admin)));
        return [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`];
      });
      await until('Prometheus has read both processes three times', async () => {
        const samples = await query('count_over_time(up[1m]) and up == 1');
        return samples.length === 2 && samples.every(({ value: [, count] }) => Number(count) >= 3);
      });
    });
    afterAll(async () => {
      await prometheus?.stop();
      await api?.close();
      await installation?.close();
    });

    async function query(expr: string): Promise<{ metric: object; value: [number, string] }[]> {
      const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(expr)}`);
      const { status, error, data } = JSON.parse(await response.text());
      if (status !== 'success') throw new Error(`${expr}: ${error}`);
      return data.result;
    }

    it.each([
      ['the dashboard', dashboardQueries()],
      ['the alert rules', ruleMetrics()],
    ])('every query of %s is answered from /metrics', async (_name, queries) => {
      expect(queries.length).toBeGreaterThan(15);
      const unanswered: string[] = [];
      for (const { of, expr } of queries) if ((await query(expr)).length === 0) unanswered.push(`${of}: ${expr}`);
      expect(unanswered).toEqual([]);
    });
  });
});

describeWithProgram('prometheus-alertmanager', 'prometheus-alertmanager', 'the webhook format alertmanager', () => {
  let alertmanager: RunningProgram;

  beforeAll(async () => {
    alertmanager = await startProgram('prometheus-alertmanager', (address, folder) => {
      const file = join(folder, 'alertmanager.yaml');
      writeFileSync(file, stringify({ route: { receiver: 'none' }, receivers: [{ name: 'none' }] }));
      return [
        ...[`--config.file=${file}`, `--storage.path=${folder}`, `--web.listen-address=${address}`],
        '--cluster.listen-address=',
      ];
    });
  });
  afterAll(() => alertmanager?.stop());

  it('is understood by Alertmanager: an alert is listed while it is open, once, and not after it is resolved', async () => {
    const webhook = {
      url: `${alertmanager.url}/api/v2/alerts`,
      format: 'alertmanager' as const,
      secret: null,
      routingKey: null,
    };
    const open = {
      ...{ id: '7', rule: 'dead_letters', subject: 'ttl-cleanup', message: '2 partitions were given up' },
      ...{ fired_at: new Date(Date.now() - 1_000), seen_at: new Date(), resolved_at: null },
      ...{ firing_sent_at: null, resolved_sent_at: null },
    };
    const listed = async () => JSON.parse(await (await fetch(`${alertmanager.url}/api/v2/alerts`)).text());
    await postNotice(webhook, alertNotice(open, 'firing', 'i1'));
    await postNotice(webhook, alertNotice(open, 'firing', 'i1'));
    expect(await listed()).toMatchObject([
      {
        labels: { alertname: 'CoppiceDeadLetters', subject: 'ttl-cleanup', installation: 'i1', severity: 'warning' },
        annotations: { summary: '2 partitions were given up' },
        status: { state: 'active' },
      },
    ]);
    await postNotice(webhook, alertNotice({ ...open, resolved_at: new Date() }, 'resolved', 'i1'));
    await until('the alert is resolved', async () => (await listed()).length === 0);
  });
});

function scrapeConfiguration(apiAddress: string, workerAddress: string, token: string): object {
  return {
    global: { scrape_interval: '1s' },
    scrape_configs: [
      {
        job_name: 'api',
        honor_labels: true,
        authorization: { credentials: token },
        static_configs: [{ targets: [apiAddress] }],
      },
      { job_name: 'worker', honor_labels: true, static_configs: [{ targets: [workerAddress] }] },
    ],
  };
}
