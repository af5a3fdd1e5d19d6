import { withShortWords } from './short-words.ts';

/**
 * Names of the faults of a store, given once, where they arise. The names in `retryable` are those of the retry
 * configuration (`retry_on_errors`); every other error is final at once.
 */
export type StoreErrorName =
  /** The store cannot be reached, or is shutting down: the whole store is affected. */
  | 'ConnectionError'
  /** The store did not answer in time. */
  | 'TimeoutError'
  | 'WeaviateError'
  /** A conflict that a later try may not meet: deadlock, serialization, lock timeout, resources. */
  | 'DatabaseError'
  /** The store refused this very request (constraint, type, permission, a trigger): trying again gives the same. */
  | 'StoreRefusedError';

export class StoreError extends Error {
  override readonly name: StoreErrorName;
  /** True when the whole store is affected, so that going on with other partitions would fail just the same. */
  readonly wholeStore: boolean;
  /** The store's own code (SQLSTATE, HTTP or gRPC status), if any. */
  readonly code: string | null;
  /** The store's own words where the message leaves part of them out: they may quote rows, so nothing keeps them unasked. */
  readonly storeText: string | null;

  constructor(
    name: StoreErrorName,
    message: string,
    options: { cause?: unknown; wholeStore?: boolean; code?: string | null; storeText?: string | null } = {},
  ) {
    super(withShortWords(message), { cause: options.cause });
    this.name = name;
    this.wholeStore = options.wholeStore ?? name === 'ConnectionError';
    this.code = options.code ?? null;
    this.storeText = options.storeText ?? null;
  }
}

/** An operation was called without a scope. It never means "all". */
export class EmptyScopeError extends Error {
  override readonly name = 'EmptyScopeError';
  constructor(what: string) {
    super(`${what} is empty: every operation needs an explicit scope, and an empty one never means "all"`);
  }
}
