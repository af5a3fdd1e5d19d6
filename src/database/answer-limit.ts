import { AsyncLocalStorage } from 'node:async_hooks';

const timeouts = new AsyncLocalStorage<number>();

/**
 * Bounds every statement of the work, inside transactions and outside. The worker's activities run in it: nobody sits
 * before them who would end a wait that goes on forever. Commands that people give have no bound but theirs.
 */
export function withStatementTimeout<T>(timeoutMs: number, work: () => Promise<T>): Promise<T> {
  return timeouts.run(timeoutMs, work);
}

/** How long the server may take over one statement; `null`: nobody said. */
export function statementTimeoutMs(): number | null {
  return timeouts.getStore() ?? null;
}

/**
 * How long we wait for the answer. Longer than the server's own limit, which is the one that should end a slow
 * statement; this one ends the wait for an answer that will never come.
 */
export function answerLimitMs(): number | null {
  const timeoutMs = statementTimeoutMs();
  return timeoutMs === null ? null : timeoutMs * 1.1 + 1000;
}
