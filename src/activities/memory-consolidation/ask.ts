import type { JudgedPair } from '../../domain/consolidation/judge-pairs.ts';
import { type ConsolidatedMemory, pairName, type Verdict } from '../../domain/consolidation/memory.ts';
import type { ModelUsage } from '../../language/model/errors.ts';
import { noUsage } from '../../language/model/errors.ts';
import type { Model, ModelBudget } from '../../language/model/port.ts';
import { type ConsolidationAnswer, consolidationQuestion } from '../../language/prompts/memory-consolidation.ts';
import type { MemoryVerdict } from '../../state/proposals/memory-verdicts.ts';
import { digestOf } from './settings.ts';

/** Pairs in one question. */
const mostPairs = 64;

export interface Asking {
  readonly model: Model;
  /** `null`: the configured one. */
  readonly chosen: string | null;
  readonly budget: ModelBudget;
  readonly signal: AbortSignal;
}

export interface OpenPair extends Pick<MemoryVerdict, 'pair' | 'texts'> {
  readonly one: string;
  readonly other: string;
}

/** Pairs that rules leave open, and of which no verdict about the same texts is known. */
export function openPairs(
  memories: readonly ConsolidatedMemory[],
  pairs: readonly JudgedPair[],
  known: readonly MemoryVerdict[],
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

/** Asks about the pairs, and hands each part of the answers over as it comes: what was paid for is kept. */
export async function askAbout(
  { model, chosen, budget, signal }: Asking,
  open: readonly OpenPair[],
  answered: (verdicts: readonly MemoryVerdict[]) => Promise<void>,
): Promise<ModelUsage> {
  let usage = noUsage;
  for (let at = 0; at < open.length; at += mostPairs) {
    const part = open.slice(at, at + mostPairs);
    const shown = part.map(({ one, other }, place) => ({ pair: place + 1, one, other }));
    const answer = await model.ask(consolidationQuestion(shown, chosen), budget, signal);
    usage = {
      calls: usage.calls + answer.usage.calls,
      inputTokens: usage.inputTokens + answer.usage.inputTokens,
      outputTokens: usage.outputTokens + answer.usage.outputTokens,
    };
    await answered(verdictsOf(part, answer.value));
  }
  return usage;
}

/** A pair that the answer leaves out, or names twice with different verdicts, is related: only a clear answer merges. */
function verdictsOf(part: readonly OpenPair[], { verdicts }: ConsolidationAnswer): MemoryVerdict[] {
  return part.map(({ pair, texts }, place) => {
    const given = new Set(verdicts.filter((one) => one.pair === place + 1).map(({ verdict }) => verdict));
    const [only] = given;
    return { pair, texts, verdict: given.size === 1 && only !== undefined ? only : 'related' };
  });
}
