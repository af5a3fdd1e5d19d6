import { type Period, periodBefore } from '../../domain/insights/period.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { RowStore } from '../../stores/ports/row-store.ts';
import type { SweepDeps } from '../sweep/deps.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';

/** The parameters of a run, and the period that it looks at. */
export interface InsightSettings {
  readonly period: Period;
  readonly minimumUsers: number;
  readonly falseDiscoveryRate: number;
}

/** The parts of a worker that the generation of insights needs. */
export type InsightDeps = SweepDeps & Pick<TaskDeps, 'collections' | 'search'>;

/** The source of the insights of one collection. */
export interface Generating {
  readonly deps: InsightDeps;
  readonly run: RunContext;
  readonly settings: InsightSettings;
  readonly store: RowStore;
  readonly signal: AbortSignal;
}

export function settingsOf(parameters: Parameters, now: Date): InsightSettings {
  return {
    period: periodBefore(now, Number(parameters.period_days ?? 7)),
    minimumUsers: Number(parameters.minimum_users ?? 5),
    falseDiscoveryRate: Number(parameters.false_discovery_rate ?? 0.05),
  };
}
