import type { CleanupRule } from './cleanup.ts';
import type { ConsolidationRule } from './consolidation.ts';
import type { DecayRule } from './decay.ts';
import type { DedupRule } from './dedup.ts';
import type { ExpiryRule } from './expiry.ts';
import type { RefreshRule } from './refresh.ts';

/** Every rule by which rows of a built-in job are due, whatever is done to them then. */
export type BuiltInRule = ExpiryRule | RefreshRule | DecayRule | CleanupRule | DedupRule | ConsolidationRule;

/** The rule of a plugin's job. */
export interface PluginRule {
  /** Names the rule in holds: no two rules may share one. */
  readonly kind: `plugin/${string}`;
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  /** The rule in SQL, as the store's `defineRule` made it. */
  readonly sql: object;
  /** Values that the SQL reads. */
  readonly values: Readonly<Record<string, unknown>>;
}

export type Rule = BuiltInRule | PluginRule;
