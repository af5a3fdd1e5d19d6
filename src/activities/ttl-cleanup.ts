import type { CollectionMapping } from '../domain/mapping.ts';
import type { ExpiryRule } from '../domain/rules/expiry.ts';
import type { Parameters } from '../jobs/job.ts';
import type { RowStore } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { documentSweepable } from './document-sweepable.ts';
import type { Sweepable, SweepTerms } from './sweep/sweepable.ts';

/** Documents of one collection as `ttl-cleanup` sweeps them. */
export function ttlCleanupSweepable(store: RowStore, vectors: VectorStore | null): Sweepable {
  return documentSweepable(store, vectors, ttlRule);
}

/**
 * The mapping's own age limit, else the job's.
 *
 * @public docs/add-a-job.md builds on it.
 */
export function ttlRule(mapping: CollectionMapping, terms: SweepTerms): ExpiryRule {
  const { maxAgeDays } = mapping;
  if (maxAgeDays === 'off') return { kind: 'expiry', cutoff: terms.cutoff, maxAgeDays: null };
  return { kind: 'expiry', cutoff: terms.cutoff, maxAgeDays: maxAgeDays ?? jobMaxAgeDays(terms.parameters) };
}

function jobMaxAgeDays(parameters: Parameters): number | null {
  const { max_age_days: days } = parameters;
  return typeof days === 'number' ? days : null;
}
