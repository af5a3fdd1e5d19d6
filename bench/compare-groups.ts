import type pg from 'pg';
import { type CoppiceRun, throughCoppice } from './coppice.ts';
import { dueInGroup, groupSettings, inGroupDatabase } from './group-database.ts';
import type { BenchOptions } from './options.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';

/** Stale groups of mixed size: all collected and recomputed; of the tenth of them, all looked at again for nothing. */
export async function compareGroups(servers: Servers, { rows: groups }: BenchOptions): Promise<Section> {
  const table: string[][] = [];
  const facts: [string, string][] = [];
  const measured: { readonly rate: number; readonly bytes: number | null }[] = [];
  for (const count of [Math.ceil(groups / 10), groups]) {
    await inGroupDatabase(servers, count, async (url, client) => {
      const measure = async (what: string, totals: object) => {
        const run = await maintain(servers, url);
        requireTotals(run, totals);
        const perThousand = (value: number | null) => (value === null ? 'not known' : whole((value * 1000) / count));
        table.push([
          ...[whole(count), what, whole((count * 1000) / run.ms), perThousand(run.actions)],
          ...[perThousand(run.history.events), whole(run.history.histories), megabytes(run.workerBytes)],
        ]);
        log(table.at(-1)?.join(' | ') ?? '');
        measured.push({ rate: count / run.ms, bytes: run.workerBytes });
      };
      const removed = Object.fromEntries(Object.entries(dueInGroup).map(([name, of]) => [name, of * count]));
      await measure('collected and recomputed', { ...removed, recomputed_groups: count });
      if (count === groups) return;
      await client.query(`update coppice.graph_groups set version = version + 1, needs_recompute = true,
        stale_since = now(), stale_reason = 'application'`);
      await settle(client);
      await measure('stale again, graph unchanged', { unchanged_groups: count });
    });
  }
  const [few, , many] = measured;
  if (few?.bytes && many?.bytes) {
    facts.push(['memory of the most groups ÷ that of a tenth of them', (many.bytes / few.bytes).toFixed(2)]);
  }
  if (few && many) {
    facts.push(['groups/s of the most groups ÷ that of a tenth of them', (many.rate / few.rate).toFixed(2)]);
  }
  return {
    versions: servers.versions,
    header: [
      ...['groups', 'what', 'groups/s', 'billable actions, of 1,000 groups', 'events, of 1,000 groups', 'histories'],
      "worker's peak memory",
    ],
    rows: table,
    facts,
  };
}

/** Does the work of autovacuum between two runs. */
async function settle(client: pg.Client): Promise<void> {
  await client.query('vacuum analyze');
}

function maintain(servers: Servers, url: string): Promise<CoppiceRun> {
  return throughCoppice(servers, url, { job: 'group-maintenance', settings: groupSettings });
}

/** Each group's effects, once. */
export function requireTotals({ totals }: CoppiceRun, expected: object): void {
  for (const [name, count] of Object.entries(expected)) {
    if (totals[name] !== count) throw new Error(`${name} came to ${totals[name]}, not ${count}`);
  }
  const others = Object.keys(totals).filter((name) => !(name in expected) && totals[name] !== 0);
  if (others.length > 0) throw new Error(`nothing else was to be done, not ${others.join(', ')}`);
}
