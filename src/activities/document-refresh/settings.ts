import type { RefreshRule } from '../../domain/refresh.ts';
import { defaultLeastShare } from '../../domain/shrunk.ts';
import { documentRefresh } from '../../jobs/document-refresh.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';

export interface RefreshSettings {
  readonly fetchesAtOnce: number;
  readonly lifetimeDays: number;
  readonly leastShare: number;
}

export function refreshRule({ cutoff, parameters }: SweepTerms): RefreshRule {
  return {
    kind: 'refresh',
    cutoff,
    thresholdDays: numberOf(parameters, 'threshold_days', 7),
    minimumQuality: numberOf(parameters, 'minimum_quality_score', 0.3),
  };
}

export function refreshSettings({ parameters }: SweepTerms): RefreshSettings {
  return {
    fetchesAtOnce: numberOf(parameters, 'fetches_at_once', 8),
    lifetimeDays: numberOf(parameters, 'lifetime_days', 60),
    leastShare: numberOf(parameters, 'least_share', defaultLeastShare),
  };
}

/** A run's parameters are complete; the catalogue speaks for one that was started before there was this parameter. */
function numberOf(parameters: Parameters, name: string, otherwise: number): number {
  const value = parameters[name] ?? documentRefresh.parameters[name]?.default;
  return typeof value === 'number' ? value : otherwise;
}
