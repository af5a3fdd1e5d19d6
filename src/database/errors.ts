import { StoreError, type StoreErrorName } from '../domain/store-errors.ts';
import { ConnectFailedError } from './bounded-pool.ts';
import { connectText } from './connect-text.ts';
import { textWithoutValues } from './error-text.ts';

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  'ENOENT',
]);
/** The disk is full or broken, all connections are taken: every partition would meet it. */
const wholeStoreStates = new Set(['53100', '53300', '58030']);
const transientStates = new Set(['40001', '40P01', '55P03', '25P03', '57P05']);

/** The server's code for what went wrong, where the error is the server's. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** Names an error of the driver once, where it arises. Anything that is no store's error is returned as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  // A missing file has the code of a missing socket.
  if (code === 'ENOENT' && !isConnect(error)) return error;
  const message = messageOf(error);
  // Every connection that cannot be opened has a text with a remedy, also where the driver gives no code we know: TLS.
  const name =
    madeTwice(error, code) ?? nameOf(message, code) ?? (error instanceof ConnectFailedError ? 'ConnectionError' : null);
  if (name === null) return error;
  const wholeStore = name === 'ConnectionError' || (code !== null && wholeStoreStates.has(code));
  const text = textOf(error, code, message);
  const storeText = text.endsWith(message) ? null : message;
  return new StoreError(name, text, { cause: error, code, wholeStore, storeText });
}

function textOf(error: Error, code: string | null, message: string): string {
  if (error instanceof ConnectFailedError) return connectText(error.server, code, message);
  return `PostgreSQL: ${error instanceof AggregateError ? message : textWithoutValues(error, code)}`;
}

function isConnect(error: Error): boolean {
  const failed = error instanceof ConnectFailedError ? error.cause : error;
  return (
    failed instanceof AggregateError || (failed instanceof Error && 'syscall' in failed && failed.syscall === 'connect')
  );
}

/** Where a host has several addresses the driver fails with one error for each, and no message of its own. */
function messageOf(error: Error): string {
  if (error instanceof ConnectFailedError && error.cause instanceof Error) return messageOf(error.cause);
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ');
}

/**
 * Two sessions created a table of one name at once, which `if not exists` does not prevent: a step that is repeated meets the
 * session that its predecessor lost. Repeated once more, it finds the table, or that there is none.
 */
function madeTwice(error: Error, code: string | null): StoreErrorName | null {
  const isCatalog = 'schema' in error && error.schema === 'pg_catalog';
  return code === '23505' && isCatalog ? 'DatabaseError' : null;
}

function nameOf(message: string, code: string | null): StoreErrorName | null {
  if (code === null) {
    if (/timeout exceeded when trying to connect|timeout expired/i.test(message)) return 'ConnectionError';
    return /connection terminated|connection ended|client has encountered|client was closed|server closed/i.test(
      message,
    )
      ? 'ConnectionError'
      : null;
  }
  if (code === 'ETIMEDOUT') return 'TimeoutError';
  if (socketCodes.has(code)) return 'ConnectionError';
  if (!/^[0-9A-Z]{5}$/.test(code)) return null;
  if (code === '57014') return 'TimeoutError';
  if (code.startsWith('08') || code.startsWith('57P')) return 'ConnectionError';
  if (transientStates.has(code) || code.startsWith('53') || code.startsWith('58')) return 'DatabaseError';
  return 'StoreRefusedError';
}

/** Runs something against PostgreSQL so that it rejects with a named error. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}
