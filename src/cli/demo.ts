import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Parts } from '../assemble.ts';
import type { Config } from '../config/config.ts';
import { defaultDataDir } from '../config/config-file.ts';
import { firstFiringMs, isOfDemo } from '../demo/configuration.ts';
import { loadDemo } from '../demo/load-demo.ts';
import { loadSamples } from '../demo/load-samples.ts';
import type { RunJson } from '../domain/run.ts';
import type { Context } from '../operations/context.ts';
import { latestRuns, toRunJson } from '../state/runs/runs.ts';
import { describeRun } from './describe-run.ts';
import { cyan } from './style.ts';

const pollMs = 300;
/** They run every few minutes. */
const quiet = new Set(['health-check', 'upkeep']);

export const showDemo = {
  async load(context: Context, say: (line: string) => void): Promise<void> {
    const { parts } = context;
    say('Indexing the documentation of the installed packages …');
    const loaded = await loadDemo(parts, new Date());
    if (loaded.outcome === 'left_alone') {
      say(`  collection ${loaded.collection} holds documents of your own; the demo leaves it as it is`);
    } else {
      const fresh = `${loaded.loaded_documents} documents, ${loaded.loaded_vectors} chunks with vectors`;
      say(`  ${fresh}; ${loaded.due_documents} documents have expired`);
    }
    if (!isOfDemo(parts.config)) return;
    const { memories, questions, attributes, entities } = await loadSamples(context, new Date());
    const samples = `${memories} memories, ${questions} questions, ${attributes} attributes of profiles`;
    if (memories + questions + attributes + entities > 0) {
      say(`  ${samples}, and a graph of ${entities} packages and authors`);
    }
  },

  /** Prints each run as it ends, with what one can do next. */
  async watch(parts: Parts, say: (line: string) => void, runsUrl: string | null, stop: AbortSignal): Promise<void> {
    say(
      `A one-time schedule fires within ${firstFiringMs / 1000} seconds and removes what has expired; a second one asks for more than ` +
        'the brake lets go, so that its run is held for you. Then each other job runs once …',
    );
    const seen = new Set((await latestRuns(parts.db, 100)).map((run) => run.run_id));
    while (!stop.aborted) {
      try {
        for (const run of await latestRuns(parts.db, 20)) {
          if (seen.has(run.run_id) || run.finished_at === null) continue;
          seen.add(run.run_id);
          if (quiet.has(run.job)) continue;
          const json = await toRunJson(parts.db, run);
          if (json.status === 'success' && Object.values(json.totals).every((total) => total === 0)) continue;
          say(['', ...describeRun(json), ...nextSteps(json, runsUrl, parts.config)].join('\n'));
        }
        await sleep(pollMs, undefined, { signal: stop });
      } catch (error) {
        if (!stop.aborted) say(String(error));
        return;
      }
    }
  },
};

function nextSteps(run: RunJson, runsUrl: string | null, { dataDir, jobs }: Config): string[] {
  if (run.kind !== 'sweep') return [];
  const canBeUndone = jobs.some(({ job }) => job.id === run.job && 'undo' in job && job.undo);
  const here = dataDir === resolve(defaultDataDir) ? '' : ` --data-dir ${dataDir}`;
  return [
    ...(runsUrl === null ? [] : [`  in Temporal  ${cyan(`${runsUrl}/${run.workflow_id}`)}`]),
    `  look         npx coppice runs show ${run.run_id}${here}`,
    ...(run.status === 'held' || !canBeUndone ? [] : [`  take it back npx coppice undo ${run.run_id} --wait${here}`]),
  ];
}
