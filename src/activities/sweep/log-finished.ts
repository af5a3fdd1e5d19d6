import { correlationId, pipelineMetricsLine, stepPrefix } from '../../domain/pipeline-metrics.ts';
import type { Totals } from '../../domain/run.ts';
import { isSweep } from '../../jobs/facts.ts';
import type { SweepDeps } from './deps.ts';
import type { RunContext } from './types.ts';

/** One line for each partition that is finished, for people who read these lines already. */
export function logFinished(
  deps: SweepDeps,
  run: RunContext,
  { partition }: { readonly partition: string },
  totals: Totals,
  elapsedMs: number,
): void {
  if (run.kind !== 'sweep') return;
  const { job } = deps.settings(run.job);
  if (!isSweep(job)) return;
  const { partition: word, counts } = job;
  const names = counts.logged ?? counts.done;
  deps.log.info(
    pipelineMetricsLine(`${stepPrefix(run.job)}_${word}_complete`, {
      correlation_id: correlationId(run.job, run.runId),
      [word]: partition,
      duration_ms: Math.round(elapsedMs),
      ...Object.fromEntries(names.map((name) => [name, totals[name] ?? 0])),
    }),
  );
}
