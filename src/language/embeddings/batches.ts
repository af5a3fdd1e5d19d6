import { tokensAtMost } from '../endpoint/tokens.ts';

/** Consecutive texts, so many and with so many tokens at most; one that is longer stands alone. */
export function batchesOf(texts: readonly string[], mostTexts: number, mostTokens: number): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let tokens = 0;
  for (const text of texts) {
    const own = tokensAtMost(text);
    if (batch.length > 0 && (batch.length >= mostTexts || tokens + own > mostTokens)) {
      batches.push(batch);
      [batch, tokens] = [[], 0];
    }
    batch.push(text);
    tokens += own;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
