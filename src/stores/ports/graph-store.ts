import type { GraphMapping } from '../../domain/graph-mapping.ts';
import type { GraphCensus } from './graph-census.ts';
import type { GraphCompute } from './graph-compute.ts';
import type { GraphFacts } from './graph-facts.ts';
import type { FieldInspection, FieldUse } from './graph-fields.ts';
import type { GraphItems } from './graph-items.ts';
import type { GraphLoading } from './graph-loading.ts';
import type { GraphMerging } from './graph-merging.ts';
import type { GraphValidity } from './graph-validity.ts';

/**
 * A graph, and the ports that each do one thing with it. A group is in every method that reads or writes data: an empty
 * one is an error (`EmptyScopeError`), never "all". Data without a group is counted and never touched.
 */
export interface GraphStore {
  readonly mapping: GraphMapping;
  /** Where this is, for messages. Never carries credentials. */
  readonly description: string;
  readonly census: GraphCensus;
  readonly items: GraphItems;
  readonly compute: GraphCompute;
  readonly loading: GraphLoading;
  /** `null`: the mapping does not name what merging reads, or the graph's vectors are in another store. */
  readonly merging: GraphMerging | null;
  /** `null`: the mapping does not name the text of relations. */
  readonly facts: GraphFacts | null;
  /** `null`: the mapping does not name the dates that mark a fact as retired, or the graph is in tables. */
  readonly validity: GraphValidity | null;

  /** Resolves when the store answers; rejects with a `StoreError` that says what to do. */
  probe(signal?: AbortSignal): Promise<void>;
  /** Makes what is missing of the default schema, and what a recompute writes; never alters what exists. */
  ensure(): Promise<void>;
  /** Compares the mapping with what exists; reads only. The fingerprint changes with either. */
  inspect(signal?: AbortSignal): Promise<GraphInspection>;
  /** Compares what only some jobs read with what exists; reads only. A problem stops those jobs and no other. */
  inspectFields(use: FieldUse, signal?: AbortSignal): Promise<FieldInspection>;
  close(): Promise<void>;
}

export interface GraphInspection {
  readonly problems: readonly string[];
  readonly fingerprint: string;
}
