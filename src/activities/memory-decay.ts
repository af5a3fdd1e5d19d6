import type { CollectionMapping } from '../domain/mapping.ts';
import type { DecayRule } from '../domain/rules/decay.ts';
import type { Parameters } from '../jobs/job.ts';
import type { ChangingJob } from './row-changes.ts';
import type { SweepTerms } from './sweep/sweepable.ts';

/** Memories of one collection as `memory-decay` sweeps them. */
export const memoryDecay: ChangingJob = {
  rule: decayRule,
  counts: { changed: 'decayed_memories', restored: 'restored_memories' },
};

function decayRule(_mapping: CollectionMapping, { cutoff, parameters, respectHolds }: SweepTerms): DecayRule {
  const halfLifeDays = numberOf(parameters, 'half_life_days');
  return {
    kind: 'decay',
    cutoff,
    graceDays: numberOf(parameters, 'grace_days') ?? 0,
    dailyFactor: halfLifeDays === null ? 1 - (numberOf(parameters, 'daily_decay') ?? 0) : 0.5 ** (1 / halfLifeDays),
    minimumScore: numberOf(parameters, 'minimum_score') ?? 0,
    importanceFloor: numberOf(parameters, 'importance_floor') ?? 0,
    thresholds: thresholdsOf(parameters.write),
    bot: parameters.bot_id === '*' || parameters.bot_id == null ? null : String(parameters.bot_id),
    basesKnown: respectHolds,
  };
}

function numberOf(parameters: Parameters, name: string): number | null {
  const value = parameters[name];
  return typeof value === 'number' ? value : null;
}

function thresholdsOf(write: Parameters[string] | undefined): number[] {
  return typeof write !== 'string' || write === 'all' ? [] : write.split(',').map(Number);
}
