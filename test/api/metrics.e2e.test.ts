import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partitionKey } from '../../src/state/locks/key.ts';
import type { Installation } from '../support/installation.ts';
import { describeWithPython, runPython } from '../support/python.ts';
import { until } from '../support/until.ts';
import { startTestApi, type TestApi } from './support/test-api.ts';
import { createWorld, fillWorld, worldGroups } from './support/world.ts';

/** As the SDK writes them; `up.test.ts` sees the real ones. */
const ofSdk =
  '# HELP temporal_request Requests\n# TYPE temporal_request counter\ntemporal_request{operation="Poll"} 3\n';

await describeWithPython(
  '/metrics, read by the client library of Prometheus',
  (servers) => {
    let installation: Installation;
    let api: TestApi;
    let sdk: Server;

    beforeAll(async () => {
      sdk = createServer((_request, response) => response.end(ofSdk));
      await new Promise<void>((resolve) => sdk.listen(0, '127.0.0.1', resolve));
      const { port } = sdk.address() as AddressInfo;
      installation = await createWorld(servers);
      api = await startTestApi(installation, { sdkMetricsUrl: `http://127.0.0.1:${port}/metrics` });
      await fillWorld(installation, api);
      for (const verb of ['run-all-gc', 'recompute-gds'])
        await api.ask('POST', `/maintenance/${verb}`, { headers: { 'x-group-id': 'scarlet' } });
    });
    afterAll(async () => {
      sdk?.close();
      await api?.close();
      await installation?.close();
    });

    it('names what the runs did, and nothing of a workspace or a group', async () => {
      for (const path of ['/no-such-page', '/api/v1/runs/crimson', '/api/v1/runs/azure']) await api.ask('GET', path);
      const { text, headers } = await api.ask('GET', '/metrics');
      expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const families = await runPython(servers.python, 'read_metrics.py', { text }, {});
      const values = (name: string) =>
        Object.fromEntries(
          families[name].samples.map((one: { labels: object; value: number }) => [
            Object.values(one.labels).sort().join(' '),
            one.value,
          ]),
        );
      expect(values('coppice_runs')).toEqual({
        'success sweep ttl-cleanup': 1,
        'success ttl-cleanup undo': 1,
        'held sweep ttl-cleanup': 1,
        'group-maintenance success sweep': 1,
        'graph-recompute success sweep': 1,
      });
      expect(values('coppice_removed_documents')).toEqual({ 'ttl-cleanup': 20 });
      expect(values('coppice_dead_letters')).toEqual({ 'ttl-cleanup': 2 });
      expect(values('coppice_held_runs')).toEqual({ 'ttl-cleanup': 1 });
      expect(values('coppice_holds')).toEqual({ '': 20 });
      expect(values('coppice_ledger_bytes')['']).toBeGreaterThan(1000);
      expect(families.coppice_lease_age_seconds.samples).toEqual([]);
      expect(families.temporal_request.samples).toMatchObject([{ value: 3 }]);
      const routes = families.coppice_http_requests.samples.map(
        (one: { labels: { route: string } }) => one.labels.route,
      );
      expect(routes).toContain('/api/v1/runs/:run');
      expect(routes.filter((route: string) => route === 'none')).toHaveLength(1);
      expect(values('coppice_stale_groups')).toEqual({ graph: 1 });
      expect(families.orphan_entities_cleaned.type).toBe('counter');
      const scarlet = partitionKey('graph', 'scarlet').slice(0, 12);
      expect(values('orphan_entities_cleaned')).toEqual({ [scarlet]: 1, other: 0 });
      expect(values('coppice_orphan_entities_cleaned')).toEqual({ graph: 1 });
      expect(values('coppice_group_recomputes')).toEqual({ graph: 1 });
      expect(text).not.toMatch(new RegExp(['crimson', 'azure', ...worldGroups].join('|')));
      for (const family of Object.values<{ help: string }>(families)) expect(family.help).not.toBe('');
    });

    it('where the worker reports nothing, its part is left out', async () => {
      await new Promise((resolve) => sdk.close(resolve));
      // Monitors that ask within half a second share an answer.
      await until('an answer without the worker', async () => {
        const { status, text } = await api.ask('GET', '/metrics');
        expect(status).toBe(200);
        return !text.includes('temporal_');
      });
    });
  },
  'api-requirements.txt',
);
