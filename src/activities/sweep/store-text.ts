import { toStoreError } from '../../database/errors.ts';
import { StoreError } from '../../domain/store-errors.ts';
import type { SweepDeps } from './deps.ts';

/** Logs a store's own words, which may quote rows, where the configuration asks for it (`log_store_texts`). */
export function logStoreText({ log, logStoreTexts }: Pick<SweepDeps, 'log' | 'logStoreTexts'>, error: unknown): void {
  const known = toStoreError(error);
  if (!logStoreTexts || !(known instanceof StoreError) || known.storeText === null) return;
  log.warn({ error: known.name, code: known.code, store_text: known.storeText }, 'full text of an error of a store');
}
