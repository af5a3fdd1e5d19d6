import { pino } from 'pino';
import { listenApi } from '../src/api/listen.ts';
import { wholeView } from '../src/domain/access.ts';
import { createToken } from '../src/operations/access/tokens.ts';
import { withWorker } from './coppice.ts';
import { groupSettings } from './group-database.ts';
import type { Servers } from './servers.ts';
import type { LoopResult } from './store-loop.ts';

/** The work of an hourly timer function: it lists stale groups, then collects and recomputes one after the other. */
export function httpLoop(servers: Servers, url: string, groups: number): Promise<LoopResult> {
  return withWorker(servers, url, { settings: groupSettings }, async ({ context }) => {
    const asked = { name: 'bench', scope: 'run' as const, ...wholeView, expiresInDays: null };
    const { token } = await createToken(context, asked);
    const log = pino({ level: 'error' });
    const settings = {
      rateLimitPerMinute: 1_000_000,
      failedAttemptsPerMinute: 1_000_000,
      trustProxy: [],
      corsOrigins: [],
      identity: null,
    };
    const api = await listenApi({ context, settings, log, host: '127.0.0.1', port: 0 });
    const call = async <T>(method: string, path: string, group: string | null): Promise<T> => {
      const headers = { authorization: `Bearer ${token}`, ...(group === null ? {} : { 'x-group-id': group }) };
      const response = await fetch(`${api.url}/maintenance${path}`, { method, headers });
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json() as T;
    };
    try {
      const startedAt = performance.now();
      const list = await call<{ groups: { group_id: string }[] }>('GET', '/admin/groups/stale', null);
      const latencies: number[] = [];
      let removed = 0;
      for (const { group_id } of list.groups.slice(0, groups)) {
        const begunAt = performance.now();
        const gone = await call<Record<string, number>>('POST', '/run-all-gc', group_id);
        for (const [name, count] of Object.entries(gone)) if (name.endsWith('_cleaned')) removed += count;
        await call('POST', '/recompute-gds', group_id);
        latencies.push(performance.now() - begunAt);
      }
      return { ms: performance.now() - startedAt, latencies, removed };
    } finally {
      await api.close();
    }
  });
}
