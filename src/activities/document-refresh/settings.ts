import type { RefreshRule } from '../../domain/rules/refresh.ts';
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
    thresholdDays: numberOf(parameters, 'threshold_days'),
    minimumQuality: numberOf(parameters, 'minimum_quality_score'),
  };
}

export function refreshSettings({ parameters }: SweepTerms): RefreshSettings {
  return {
    fetchesAtOnce: numberOf(parameters, 'fetches_at_once'),
    lifetimeDays: numberOf(parameters, 'lifetime_days'),
    leastShare: numberOf(parameters, 'least_share'),
  };
}

/** A run's parameters are complete; the catalogue speaks for one that was started before there was this parameter. */
function numberOf(parameters: Parameters, name: keyof typeof documentRefresh.parameters): number {
  return Number(parameters[name] ?? documentRefresh.parameters[name].default);
}
