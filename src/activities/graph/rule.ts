import { type CollectRule, collectorOf, type GraphItemKind, toCollectors } from '../../domain/collectors.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';

/** What a job does with a group. */
export interface GroupDuty {
  /** Whether it collects; else it only recomputes. */
  readonly collects: boolean;
}

/** `null`: the job collects nothing. */
export function ruleOf(duty: GroupDuty, { cutoff, parameters }: SweepTerms): CollectRule | null {
  if (!duty.collects) return null;
  return {
    cutoff,
    graceDays: Number(parameters.grace_days),
    collectors: toCollectors(String(parameters.collectors)),
  };
}

/**
 * The rule by which one batch of a kind goes. An entity's edges have gone before it, so that it has none: one whose edge
 * stands all the same, on hold or written since, stays with it.
 */
export function ruleFor(rule: CollectRule, kind: GraphItemKind): CollectRule {
  return { ...rule, collectors: [collectorOf[kind]] };
}
