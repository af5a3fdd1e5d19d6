import {
  type CollectRule,
  collectorOf,
  collectors,
  type GraphItemKind,
  toCollectors,
} from '../../domain/collectors.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';

/** The collectors that a run of `group-maintenance` was asked for. */
export function ruleOf({ cutoff, parameters }: SweepTerms): CollectRule {
  return {
    cutoff,
    graceDays: Number(parameters.grace_days),
    collectors: toCollectors(String(parameters.collectors)),
  };
}

/** Every collector, whichever this run was asked for: items that another run would collect keep the group stale. */
export function anyRule({ cutoff, parameters }: SweepTerms): CollectRule {
  return { cutoff, graceDays: Number(parameters.grace_days ?? 0), collectors };
}

/**
 * The rule by which one batch of a kind is removed. An entity's edges have been removed before it, so that it has none: an
 * entity with an edge that exists all the same, on hold or written since, stays with it.
 */
export function ruleFor(rule: CollectRule, kind: GraphItemKind): CollectRule {
  return { ...rule, collectors: [collectorOf[kind]] };
}
