import type { Tx } from '../../database/schema.ts';
import type { SurveySource } from './sweepable.ts';

/** Whether the ledger would outgrow its budget: what cannot be recorded must not be removed. */
export async function ledgerExcess(
  tx: Tx,
  sources: readonly SurveySource[],
  rows: number,
  maxBytes: number,
): Promise<string[]> {
  if (rows === 0) return [];
  const sizes = await Promise.all(sources.map((source) => source.ledgerBytes(tx, rows)));
  const current = Math.max(0, ...sizes.map((size) => size.current));
  const expected = Math.max(0, ...sizes.map((size) => size.expected));
  if (current + expected <= maxBytes) return [];
  return [
    `the ledger would grow to about ${megabytes(current + expected)} MB, above its budget of ${megabytes(maxBytes)} MB ` +
      '(jobs.<job>.ledger.max_bytes)',
  ];
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
