import { Neo4jError } from 'neo4j-driver';
import { StoreError, type StoreErrorName } from '../../domain/store-errors.ts';
import { maskValues } from '../mask-values.ts';

const unreachable = new Set([
  'ServiceUnavailable',
  'SessionExpired',
  'Neo.TransientError.General.DatabaseUnavailable',
  'Neo.DatabaseError.General.DatabaseUnavailable',
  'Neo.ClientError.Cluster.NotALeader',
]);

/** Names an error of the driver once, where it arises. Anything else is returned as it is. */
export function toStoreError(where: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Neo4jError)) return error;
  const { code } = error;
  const name = nameOf(code, error.message);
  const said = name === 'ConnectionError' ? 'cannot be reached: is it running?' : `said: ${maskValues(error.message)}`;
  const refused = code.startsWith('Neo.ClientError.Security.');
  return new StoreError(name, `${where} ${refused ? 'refused user and password, or what they may do' : said}`, {
    cause: refused ? undefined : error,
    code,
    storeText: refused ? null : error.message,
    wholeStore: name === 'ConnectionError' || refused,
  });
}

function nameOf(code: string, message: string): StoreErrorName {
  if (unreachable.has(code)) return 'ConnectionError';
  if (/acquisition timed out|connection was closed|failed to connect|pool is closed/i.test(message))
    return 'ConnectionError';
  if (/Transaction(TimedOut|Terminated)|LockClientStopped|TransactionTimedOutClientConfiguration/.test(code))
    return 'TimeoutError';
  // Somebody joined an edge to a node in the moment in which it went: a later try judges it again.
  if (code === 'Neo.ClientError.Schema.ConstraintValidationFailed' && /still has relationships/.test(message)) {
    return 'DatabaseError';
  }
  if (code.startsWith('Neo.TransientError.') || code.startsWith('Neo.DatabaseError.')) return 'DatabaseError';
  return 'StoreRefusedError';
}

/** Whether a change of the schema was refused because what it makes, or something in its place, is there already. */
export function isThereAlready(error: unknown): boolean {
  return error instanceof Neo4jError && /AlreadyExists|IndexWithNameAlreadyExists/.test(error.code);
}
