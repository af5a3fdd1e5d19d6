/**
 * Memories that proposals of `memory-consolidation` name as members of a cluster. A memory is due as long as its text, and
 * that of the memory which stays, are as they were when the proposal was made.
 */
export interface ConsolidationRule {
  readonly kind: 'consolidation';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
  /** States of proposals that a run applies. */
  readonly states: readonly string[];
  /** `null`: memories of all bots. */
  readonly bot: string | null;
  /** False where proposals cannot be read, as in a preview with a foreign role: nothing is due then. */
  readonly proposalsKnown: boolean;
}
