import type { ColumnType, Generated } from 'kysely';
import type { MergeKind } from '../domain/merging/merge-record.ts';
import type { MergeEvidence, MergeStateName } from '../domain/merging/merge-state.ts';

/** Pairs that were found to be one thing, and what became of each. */
export interface MergesTable {
  id: Generated<string>;
  /** Of graph, group, kind and both ids, in whatever order they are given. */
  key: string;
  graph: string;
  group_id: string;
  kind: MergeKind;
  type: string;
  survivor: string;
  loser: string;
  state: MergeStateName;
  /** Log2 of the odds that the two are one thing; null where no model was learned. */
  bits: number | null;
  guard: string | null;
  evidence: ColumnType<MergeEvidence, string, string>;
  /** Why it is in its state, where a store or an undo has decided. */
  reason: string | null;
  /** The run whose survey found it last. */
  run_no: number | null;
  applied_run_no: number | null;
  part_no: number | null;
  created_at: Generated<Date>;
  merged_at: Date | null;
  decided_at: Date | null;
  decided_by: string | null;
}
