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
const pollMs = 300;

/** The configuration with one more schedule, which fires once, shortly. */
export function demoConfig(config: Config, now: Date): Config {
  const once = new Date(now.getTime() + firesInMs).toISOString();
  return {
    ...config,
    jobs: config.jobs.map((settings) =>
      settings.job.id === 'ttl-cleanup'
        ? { ...settings, schedules: [...settings.schedules, { name: 'demo', once, enabled: true }] }
        : settings,
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
    say(`A one-time schedule fires within ${firesInMs / 1000} seconds and removes what has expired …`);
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
    `  take it back npx coppice undo ${run.run_id} --wait${here}`,
  ];
}
