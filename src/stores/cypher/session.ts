import type { CypherValue, Parameters, Row } from './value.ts';

/** Runs one statement. Values are bound; what is not a value has been through `quoted`. */
export type Run = (text: string, parameters?: Parameters) => Promise<Row[]>;

/**
 * A server that speaks Cypher, with what its dialect says in other words. Every call ends within the session's deadline,
 * rejects at once when the signal says so, and fails with a `StoreError` alone.
 */
export interface CypherSession {
  /** The server, for messages. Never carries credentials. */
  readonly where: string;
  readonly dialect: Dialect;
  /** @param graph that of a group which has one of its own; `null`: the one that holds them all */
  read(graph: string | null, text: string, parameters: Parameters, signal?: AbortSignal): Promise<Row[]>;
  /**
   * Statements that write. On Neo4j they are one transaction; on FalkorDB each is one by itself, which is why none of ours
   * relies on what another has read.
   */
  write<T>(graph: string | null, work: (run: Run) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Graphs of their own, where a group may be one. */
  graphs(signal?: AbortSignal): Promise<string[]>;
  /** Changes of the schema, each by itself; one that is there already is left as it is. */
  ensure(graph: string | null, indexes: readonly Index[]): Promise<void>;
  close(): Promise<void>;
}

export interface Index {
  readonly of: 'node' | 'relationship';
  /** Label or type. */
  readonly name: string;
  readonly properties: readonly string[];
  /** Whether they name one; else they are only found sooner. */
  readonly unique: boolean;
}

export interface Dialect {
  /** Whether statements of one `write` can keep others away from what they have read. */
  readonly locks: boolean;
  /** Types of time that can be read and written. */
  readonly times: readonly ('datetime' | 'iso_text' | 'epoch_ms')[];
  /** All properties of `alias`, in a form that `readProperties` understands. */
  properties(alias: string): string;
  /** `null`: they hold something that could not be put back exactly. */
  readProperties(value: CypherValue): { readonly [key: string]: CypherValue } | null;
  /** Whether `alias` has exactly the properties bound as `item`, which are `boundProperties` of such a `shape`. */
  sameProperties(alias: string, item: string, shape: { readonly [key: string]: CypherValue }): string;
  /** Gives `alias`, which has none yet, the properties bound as `item`. */
  setProperties(alias: string, item: string, shape: { readonly [key: string]: CypherValue }): string;
  /** A value bound as `bound`, as an expression of its own type. */
  value(bound: string, value: CypherValue): string;
  boundProperties(properties: { readonly [key: string]: CypherValue }): { readonly [key: string]: CypherValue };
  /** An embedding as applications keep it there, from a bound list. */
  embedding(text: string): string;
}
