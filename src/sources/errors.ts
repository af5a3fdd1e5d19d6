import { withShortWords } from '../domain/short-words.ts';
import type { RefusalName, RefusedAnswer } from './port.ts';

/** Names of the retry settings (`retry_on_errors`): what a later try may not meet. */
export type SourceErrorName = 'ConnectionError' | 'TimeoutError';

/**
 * A source that could not be reached, broke off or was too slow. It concerns that source alone, so it is no `StoreError`.
 * The message names the host and no more: the rest of an address may hold a secret.
 */
export class SourceError extends Error {
  override readonly name: SourceErrorName;
  /** The HTTP status behind it, if any. */
  readonly status: number | null;

  constructor(name: SourceErrorName, message: string, options: { status?: number } = {}) {
    // No cause goes along: Node's errors quote addresses, and their codes would be taken for a store's.
    super(withShortWords(message));
    this.name = name;
    this.status = options.status ?? null;
  }
}

/** Inside the room a refusal travels as an error; `fetch` answers with it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalName;

  constructor(reason: RefusalName, message: string) {
    super(withShortWords(message));
    this.reason = reason;
  }

  answer(): RefusedAnswer {
    return { kind: 'refused', name: this.reason, message: this.message };
  }
}
