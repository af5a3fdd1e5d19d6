import type { CleanupRule } from './cleanup.ts';
import type { ConsolidationRule } from './consolidation.ts';
import type { DecayRule } from './decay.ts';
import type { DedupRule } from './dedup.ts';
import type { ExpiryRule } from './expiry.ts';
import type { RefreshRule } from './refresh.ts';

/** Every rule by which rows are due, whatever is done to them then. */
export type Rule = ExpiryRule | RefreshRule | DecayRule | CleanupRule | DedupRule | ConsolidationRule;
