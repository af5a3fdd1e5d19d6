import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { defaultDataDir } from '../config/load.ts';
import { loadDemo } from '../demo/load-demo.ts';
import type { RunJson } from '../domain/run.ts';
import { listRuns, toRunJson } from '../state/runs/runs.ts';
import { describeRun } from './describe-run.ts';
import { cyan } from './style.ts';

const firesInMs = 6_000;
/** After the first run has ended, on a slow machine too. */
const heldInMs = 16_000;
const lowerAgeDays = 45;
const pollMs = 300;

/**
 * The configuration with two more schedules, each of which fires once, shortly. The first removes what has expired. The
 * second has a lower age limit, under which more is due than the brake lets go: its run is held for a person.
 */
export function demoConfig(config: Config, now: Date): Config {
  const once = (inMs: number) => new Date(now.getTime() + inMs).toISOString();
  const added = [
    { name: 'demo', once: once(firesInMs), enabled: true },
    { name: 'demo-held', once: once(heldInMs), enabled: true, parameters: { max_age_days: lowerAgeDays } },
  ];
  return {
    ...config,
    jobs: config.jobs.map((settings) =>
      settings.job.id === 'ttl-cleanup' ? { ...settings, schedules: [...settings.schedules, ...added] } : settings,
    ),
  };
}

export const showDemo = {
  async load(parts: Parts, say: (line: string) => void): Promise<void> {
    say('Indexing the documentation of the installed packages …');
    const loaded = await loadDemo(parts, new Date());
    if (loaded.outcome === 'left_alone') {
      say(`  collection ${loaded.collection} holds documents of your own; the demo leaves it as it is`);
    } else {
      const fresh = `${loaded.loaded_documents} documents, ${loaded.loaded_vectors} chunks with vectors`;
      say(`  ${fresh}; ${loaded.due_documents} documents have expired`);
    }
  },

  /** Prints each run as it ends, with what one can do next. */
  async watch(parts: Parts, say: (line: string) => void, runsUrl: string | null, stop: AbortSignal): Promise<void> {
    say(
      `A one-time schedule fires within ${firesInMs / 1000} seconds and removes what has expired; a second one asks for more than ` +
        'the brake lets go, so that its run is held for you …',
    );
    const seen = new Set((await listRuns(parts.db, { job: null, limit: 100 })).map((run) => run.run_id));
    while (!stop.aborted) {
      try {
        for (const run of await listRuns(parts.db, { job: null, limit: 20 })) {
          if (seen.has(run.run_id) || run.finished_at === null) continue;
          seen.add(run.run_id);
          if (run.kind === 'task') continue;
          const json = await toRunJson(parts.db, run);
          say(['', ...describeRun(json), ...nextSteps(json, runsUrl, parts.config.dataDir)].join('\n'));
        }
        await sleep(pollMs, undefined, { signal: stop });
      } catch (error) {
        if (!stop.aborted) say(String(error));
        return;
      }
    }
  },
};

function nextSteps(run: RunJson, runsUrl: string | null, dataDir: string): string[] {
  if (run.kind !== 'sweep') return [];
  const here = dataDir === resolve(defaultDataDir) ? '' : ` --data-dir ${dataDir}`;
  return [
    ...(runsUrl === null ? [] : [`  in Temporal  ${cyan(`${runsUrl}/${run.workflow_id}`)}`]),
    `  look         npx coppice runs show ${run.run_id}${here}`,
    ...(run.status === 'held' ? [] : [`  take it back npx coppice undo ${run.run_id} --wait${here}`]),
  ];
}
