import pg from 'pg';
import { partitionKey } from '../src/state/locks/key.ts';
import { requireTotals } from './compare-groups.ts';
import { throughCoppice } from './coppice.ts';
import { dueInGroup, groupSettings, makeGroupTemplate } from './group-database.ts';
import { httpLoop } from './http-loop.ts';
import type { BenchOptions } from './options.ts';
import { type Section, shares, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median, quantile, ratios } from './statistics.ts';
import { type LoopResult, storeLoop } from './store-loop.ts';
import { copyOf, dropCopy } from './template.ts';

const template = { name: 'bench_groups' };
const dueItems = Object.values(dueInGroup).reduce((sum, count) => sum + count, 0);
/** Two runs a group take their time. */
const groupsOverHttp = 20;

interface Contestant {
  readonly perSecond: number[];
  readonly latencies: number[];
}

/** Stale groups of mixed size: by a worker through Temporal, and one after the other as somebody would do it without. */
export async function compareSequential(servers: Servers, { rows: groups, rounds }: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  await makeGroupTemplate(servers, template.name, groups);
  const fresh = (): Contestant => ({ perSecond: [], latencies: [] });
  const [ours, calls, http] = [fresh(), fresh(), fresh()];
  const note = (to: Contestant, count: number, { ms, latencies }: Pick<LoopResult, 'ms' | 'latencies'>) => {
    to.perSecond.push((count * 1000) / ms);
    to.latencies.push(...latencies);
  };
  for (let round = 1; round <= rounds; round++) {
    const loop = await storeLoop(servers, await copyOf(server, template));
    requireRemoved(loop, groups);
    note(calls, groups, loop);
    const run = await throughCoppice(servers, await copyOf(server, template), {
      ...{ job: 'group-maintenance', settings: groupSettings },
    });
    const due = Object.entries(dueInGroup).map(([name, of]) => [name, of * groups]);
    requireTotals(run, { ...Object.fromEntries(due), recomputed_groups: groups });
    note(ours, groups, run);
    const slow = await httpLoop(servers, await known(await copyOf(server, template), groups), groupsOverHttp);
    requireRemoved(slow, groupsOverHttp);
    note(http, groupsOverHttp, slow);
    const speeds = [calls, ours, http].map((one) => (one.perSecond.at(-1) ?? 0).toFixed(1));
    log(`round ${round}: store calls ${speeds[0]}, Coppice ${speeds[1]}, HTTP ${speeds[2]} groups/s`);
  }
  await dropCopy(server, template);
  const row = (name: string, count: number, one: Contestant, share: string) => [
    ...[name, whole(count), median(one.perSecond).toFixed(1), Math.min(...one.perSecond).toFixed(1), share],
    ...[whole(quantile(one.latencies, 0.5)), whole(quantile(one.latencies, 0.99))],
  ];
  const share = (one: Contestant) => shares(ratios(ours.perSecond, one.perSecond));
  return {
    versions: servers.versions,
    header: [
      ...['contestant', 'groups', 'groups/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
      ...['a group, ms: p50', 'p99'],
    ],
    rows: [
      row("the store's calls, one after the other", groups, calls, share(calls)),
      row('Coppice through Temporal', groups, ours, ''),
      row('HTTP, group after group', groupsOverHttp, http, share(http)),
    ],
    facts: [['items removed of each group', whole(dueItems)]],
  };
}

function requireRemoved({ removed }: LoopResult, groups: number): void {
  if (removed !== dueItems * groups) throw new Error(`${removed} items were removed, not ${dueItems * groups}`);
}

/** As after a night in which nobody came to them: who asks for stale groups finds all. */
async function known(url: string, groups: number): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const names = Array.from({ length: groups }, (_, at) => `group ${at + 1}`);
    await client.query(
      `insert into coppice.graph_groups (key, graph, group_id, stale_since, stale_reason)
        select k, 'graph', g, now(), 'new' from unnest($1::text[], $2::text[]) n (k, g)`,
      [names.map((name) => partitionKey('graph', name)), names],
    );
  } finally {
    await client.end();
  }
  return url;
}
