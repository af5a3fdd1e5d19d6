import type { JudgedPair } from '../../domain/consolidation/judge-pairs.ts';
import { type ConsolidatedMemory, pairName, type Verdict } from '../../domain/consolidation/memory.ts';
import type { ModelUsage } from '../../language/model/errors.ts';
import { consolidationQuestion } from '../../language/prompts/memory-consolidation.ts';
import type { PairVerdict } from '../../state/proposals/pair-verdicts.ts';
import { type AskedPair, type Asking, askAboutPairs, inParts } from '../ask-about-pairs.ts';
import { digestOf } from './settings.ts';

/** Pairs in one question. */
const mostPairs = 64;

export interface OpenPair extends AskedPair {
  readonly one: string;
  readonly other: string;
}

/** Pairs that rules leave open, and of which no verdict about the same texts is known. */
export function openPairs(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  known: readonly PairVerdict[],
  terms: string,
): { readonly open: readonly OpenPair[]; readonly verdicts: ReadonlyMap<string, Verdict> } {
  const stored = new Map(known.map((one) => [one.pair, one]));
  const verdicts = new Map<string, Verdict>();
  const open: OpenPair[] = [];
  for (const { one: left, other: right, byRules } of pairs) {
    const [one, other] = [memories[left], memories[right]];
    if (byRules !== 'open' || one === undefined || other === undefined) continue;
    const pair = pairName(one.id, other.id);
    const texts = digestOf([...[one, other].map(({ content }) => content).sort(), terms]);
    const before = stored.get(pair);
    if (before?.texts === texts) verdicts.set(pair, before.verdict);
    else open.push({ pair, texts, one: one.content, other: other.content });
  }
  return { open, verdicts };
}

/** Asks about the pairs, a question for each part of them. */
export function askAbout(
  { chosen, ...asking }: Asking & { readonly chosen: string | null },
  open: readonly OpenPair[],
  answered: (verdicts: readonly PairVerdict[]) => Promise<void>,
): Promise<ModelUsage> {
  const parts = inParts(open, mostPairs, asking.model);
  const questionOf = (part: readonly OpenPair[]) =>
    consolidationQuestion(
      part.map(({ one, other }, place) => ({ pair: place + 1, one, other })),
      chosen,
    );
  return askAboutPairs(asking, parts, questionOf, answered);
}
