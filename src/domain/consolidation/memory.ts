import type { ComparedMemory } from '../rules/dedup.ts';

/** A memory as consolidation compares it. */
export interface ConsolidatedMemory extends Omit<ComparedMemory, 'content' | 'contentHash'> {
  readonly content: string;
}

/** The answer to the question whether two memories are one. */
export type Verdict = 'same' | 'related' | 'different';

/** Two memories of one user, by their places in a list. */
export interface CandidatePair {
  readonly one: number;
  readonly other: number;
  readonly cosine: number;
}

/** Names the question about all memories of a user, or about those of one bot, among the proposals. */
export function lookSubject(bot: string | null): string {
  return JSON.stringify(bot === null ? [] : ['', bot]);
}

/** Names a pair of memories, whatever their order. */
export function pairName(one: string, other: string): string {
  return JSON.stringify(one < other ? [one, other] : [other, one]);
}
