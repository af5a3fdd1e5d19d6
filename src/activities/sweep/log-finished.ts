import { correlationId, pipelineMetricsLine, stepPrefix } from '../../domain/pipeline-metrics.ts';
import { loggedTotals, type Totals } from '../../domain/run.ts';
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
  const { partition: word, totals: names = loggedTotals } = deps.settings(run.job).job;
  if (word === null) return;
  deps.log.info(
    pipelineMetricsLine(`${stepPrefix(run.job)}_${word}_complete`, {
      correlation_id: correlationId(run.job, run.runId),
      [word]: partition,
      duration_ms: Math.round(elapsedMs),
      ...Object.fromEntries(names.map((name) => [name, totals[name] ?? 0])),
    }),
  );
}
