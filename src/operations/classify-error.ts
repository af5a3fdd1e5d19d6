import { isGrpcServiceError } from '@temporalio/client';
import { InvalidInputError } from '../activities/sweep/errors.ts';
import { toStoreError } from '../database/errors.ts';
import { StoreError } from '../domain/store-errors.ts';
import { InstallationNameError, SchedulePrefixError } from '../state/installation/installation-claim.ts';
import { NotMigratedError } from '../state/migrate.ts';
import { TemporalUnavailableError } from '../temporal/settings.ts';
import { IdentityProviderError } from './access/identity-provider.ts';
import { OperationError } from './errors.ts';

/**
 * Class of an error, for the caller. `unavailable`: the same question may be answered later. `fault`: ours to look at.
 */
export interface Classified {
  readonly kind: OperationError['kind'] | 'unavailable' | 'fault';
  readonly name: string;
  /** Safe to show: no stack, no query, nothing of a row. */
  readonly message: string;
  readonly hint: string | null;
}

const passing: ReadonlySet<string> = new Set(['ConnectionError', 'TimeoutError', 'WeaviateError', 'DatabaseError']);
/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE. */
const passingCodes: ReadonlySet<number> = new Set([4, 8, 14]);

export function classifyError(error: unknown): Classified {
  if (error instanceof OperationError) {
    const { kind, name, message, hint } = error;
    return { kind, name, message, hint };
  }
  // A fault that only the data shows: a parameter names a group that does not exist.
  if (error instanceof InvalidInputError) {
    return { kind: 'usage', name: error.name, message: error.message, hint: null };
  }
  const isAway = error instanceof TemporalUnavailableError || error instanceof IdentityProviderError;
  if (isAway || error instanceof NotMigratedError) {
    const { name, message, hint } = error;
    return { kind: 'unavailable', name, message, hint };
  }
  if (error instanceof InstallationNameError || error instanceof SchedulePrefixError) {
    const { name, message, hint } = error;
    return { kind: 'conflict', name, message, hint };
  }
  if (isGrpcServiceError(error) && passingCodes.has(error.code)) {
    return { kind: 'unavailable', name: 'TemporalUnavailableError', message: 'Temporal does not answer', hint: null };
  }
  const known = toStoreError(error);
  if (known instanceof StoreError && passing.has(known.name)) {
    return { kind: 'unavailable', name: known.name, message: 'a store does not answer', hint: null };
  }
  // A mapping that does not fit the live tables says so in its own words.
  if (known instanceof Error && known.name === 'MappingError') {
    const hint = 'hint' in known && typeof known.hint === 'string' ? known.hint : 'See coppice doctor.';
    return { kind: 'conflict', name: known.name, message: known.message, hint };
  }
  return {
    kind: 'fault',
    name: 'InternalError',
    message: 'internal error; the log has the details under this request id',
    hint: null,
  };
}
