/**
 * A bound on tokens without a tokenizer: no text has more tokens than bytes, and common ones have one for three bytes or
 * more. Too careful costs a request; too bold a refusal.
 */
export function tokensAtMost(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}
