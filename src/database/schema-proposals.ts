import type { Generated, JSONColumnType } from 'kysely';
import type { Verdict } from '../domain/consolidation/memory.ts';
import type { ProposalContent, ProposalState } from '../domain/profiles/proposal.ts';

/** Answers to questions about items of a collection, by a model or by rules alone. */
export interface ProposalsTable {
  id: Generated<string>;
  job: string;
  collection: string;
  partition: string;
  /** The subject of the question within the partition, as JSON text. */
  subject: string;
  /** Digest of the data, of the rules' version and of the limits. */
  question: string;
  state: ProposalState;
  /** While it is asked again: the state to which it returns where no answer comes. */
  former_state: ProposalState | null;
  /** Whether a model was asked, or a person decided: until the data changes, the question is not asked again. */
  asked: boolean;
  content: JSONColumnType<ProposalContent | null, string | null, string | null>;
  /** Why an answer cannot be used; null: it can. */
  problem: string | null;
  /** Lines that would disappear. */
  due: Generated<number>;
  prompt_version: string | null;
  model: string | null;
  calls: Generated<number>;
  input_tokens: Generated<number>;
  output_tokens: Generated<number>;
  /** The run that asked; null: a preview did. */
  run_no: number | null;
  applied_run_no: number | null;
  /** Until then nobody else asks the same. */
  claimed_until: Date | null;
  created_at: Generated<Date>;
  answered_at: Date | null;
  decided_at: Date | null;
  decided_by: string | null;
}

/** Calls and tokens that a run has used, over all its activities. */
export interface ModelBudgetsTable {
  run_no: number;
  calls: Generated<number>;
  tokens: Generated<number>;
}

/** Calls of all workers since the installation began. */
export interface ModelUsageTable {
  model: string;
  outcome: string;
  calls: number;
  input_tokens: number;
  output_tokens: number;
  seconds: number;
}

/** Rows that a run added to a collection. */
export interface AddedRowsTable {
  run_no: number;
  part_no: number;
  collection: string;
  row_id: string;
  /** Of the row as it was stored. */
  digest: string;
  /** The undo that found it changed. */
  refused: number | null;
  added_at: Generated<Date>;
}

/** Changes that a run made to each entity. */
export interface EntityResultsTable {
  run_no: number;
  collection: string;
  partition: string;
  subject: string;
  attributes_before: number;
  attributes_after: number;
  categories: string[];
  error: string | null;
}

/** Answers of a model about pairs of memories. */
export interface MemoryVerdictsTable {
  collection: string;
  partition: string;
  /** The two ids as JSON text, in order. */
  pair: string;
  /** Digest of both texts and of the rules' version. */
  texts: string;
  verdict: Verdict;
  reason: string | null;
  prompt_version: string;
  model: string;
  answered_at: Generated<Date>;
}
