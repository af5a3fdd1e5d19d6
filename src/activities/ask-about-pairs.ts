import type { Verdict } from '../domain/consolidation/memory.ts';
import { addUsage, type ModelUsage, noUsage } from '../language/model/errors.ts';
import type { Model, ModelBudget, Question } from '../language/model/port.ts';
import type { PairVerdict } from '../state/proposals/pair-verdicts.ts';
import { answerTo } from './model-failures.ts';

export interface Asking {
  readonly model: Model;
  readonly budget: ModelBudget;
  readonly signal: AbortSignal;
}

/** A pair without a verdict, by its name and the digest of what was said of both. */
export type AskedPair = Pick<PairVerdict, 'pair' | 'texts'>;

/** Pairs are numbered from 1 within a question. */
export interface PairAnswer {
  readonly verdicts: readonly { readonly pair: number; readonly verdict: Verdict; readonly reason?: string }[];
}

/** A token has at least so many bytes in texts of all languages, roughly. */
const bytesPerToken = 2;

/** Pairs in questions of at most so many, none of which is longer than the model takes, but for a pair that is by itself. */
export function inParts<T extends { readonly one: unknown; readonly other: unknown }>(
  pairs: readonly T[],
  most: number,
  { maxQuestionTokens }: Pick<Model, 'maxQuestionTokens'>,
): T[][] {
  const parts: T[][] = [];
  // Half of a question is left to the instructions, and to what JSON and a tokenizer add.
  const room = (maxQuestionTokens * bytesPerToken) / 2;
  let used = Number.POSITIVE_INFINITY;
  for (const pair of pairs) {
    const size = Buffer.byteLength(JSON.stringify([pair.one, pair.other]));
    const part = parts.at(-1);
    if (part === undefined || part.length === most || used + size > room) {
      parts.push([pair]);
      used = size;
    } else {
      part.push(pair);
      used += size;
    }
  }
  return parts;
}

/** Asks a question about each part, and hands the answers over as they come: what was paid for is kept. */
export async function askAboutPairs<T extends AskedPair>(
  { model, budget, signal }: Asking,
  parts: readonly (readonly T[])[],
  questionOf: (part: readonly T[]) => Question<PairAnswer>,
  answered: (verdicts: readonly PairVerdict[]) => Promise<void>,
): Promise<ModelUsage> {
  let usage = noUsage;
  for (const part of parts) {
    const answer = await answerTo(() => model.ask(questionOf(part), budget, signal));
    if (answer === null) continue;
    usage = addUsage(usage, answer.usage);
    await answered(verdictsOf(part, answer.value));
  }
  return usage;
}

/** A pair that the answer leaves out, or names twice with different verdicts, is related: only a clear answer merges. */
function verdictsOf(part: readonly AskedPair[], { verdicts }: PairAnswer): PairVerdict[] {
  return part.map(({ pair, texts }, place) => {
    const own = verdicts.filter((one) => one.pair === place + 1);
    const given = new Set(own.map(({ verdict }) => verdict));
    const [only] = given;
    const isClear = given.size === 1 && only !== undefined;
    return { pair, texts, verdict: isClear ? only : 'related', reason: isClear ? (own[0]?.reason ?? null) : null };
  });
}
