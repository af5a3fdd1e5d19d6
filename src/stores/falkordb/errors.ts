import { ErrorReply } from '@redis/client';
import { StoreError, type StoreErrorName } from '../../domain/store-errors.ts';
import { maskValues } from '../mask-values.ts';

/** Names an error of the client once, where it arises. */
export function toStoreError(where: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  if (!(error instanceof ErrorReply)) {
    return new StoreError(
      'ConnectionError',
      `${where} cannot be reached (${codeOf(error) ?? 'no answer'}): is it running?`,
      {
        cause: error,
        code: codeOf(error),
      },
    );
  }
  const { message } = error;
  if (/^(NOAUTH|WRONGPASS|NOPERM)|AUTH/.test(message)) {
    return new StoreError('StoreRefusedError', `${where} refused the password, or what it may do`, {
      wholeStore: true,
    });
  }
  const name = nameOf(message);
  // Its errors of syntax go on with the query's text, and with that the values in it.
  const said = message.split(/ ?errCtx:/)[0] ?? '';
  return new StoreError(name, `${where} said: ${maskValues(said)}`, {
    cause: said === message ? error : undefined,
    storeText: said,
  });
}

function nameOf(message: string): StoreErrorName {
  if (/^(LOADING|MASTERDOWN)/.test(message)) return 'ConnectionError';
  if (/timed out/i.test(message)) return 'TimeoutError';
  if (/^(BUSY|OOM|READONLY|MISCONF|TRYAGAIN)|max pending queries|memory (limit|capacity)/i.test(message))
    return 'DatabaseError';
  return 'StoreRefusedError';
}

/** A graph that nobody has written to yet. */
export function isNoGraph(error: unknown): boolean {
  return error instanceof ErrorReply && /empty key/i.test(error.message);
}

export function isThereAlready(error: unknown): boolean {
  return error instanceof ErrorReply && /already indexed|already exists/i.test(error.message);
}

function codeOf(error: Error): string | null {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? codeOf(error.cause) : null;
}
