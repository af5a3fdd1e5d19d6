import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ErrorJson } from '../domain/run.ts';

/**
 * Why an activity did not return, as far as the run has to tell:
 * - `declined`: the worker that took it up is configured for other work. Another one may take it; if none does, the run
 *   fails.
 * - `lost`: its worker vanished, shut down or was replaced. Counts nothing.
 * - `store`: the whole store is affected. Opens the run's breaker, counts nothing.
 * - `fatal`: concerns the whole run, and trying again gives the same.
 * - `failed`: this work failed.
 */
export type Loss = 'declined' | 'lost' | 'store' | 'fatal' | 'failed';

const fatal = new Set([
  'EndpointRefusedError',
  'LeaseLostError',
  'MappingChangedError',
  'MappingError',
  'WrongInstallationError',
  'InvalidInputError',
]);
const lost = new Set(['FenceLostError', 'AbortError', 'CancelledFailure']);

export function lossOf(error: unknown): Loss {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure || cause instanceof CancelledFailure) return 'lost';
  const type = cause instanceof ApplicationFailure ? (cause.type ?? '') : '';
  if (type === 'StoreUnavailableError') return 'store';
  if (type === 'OtherConfigurationError') return 'declined';
  if (fatal.has(type)) return 'fatal';
  return lost.has(type) ? 'lost' : 'failed';
}

/** Whether the activity had committed batches before it failed. */
export function hadProgress(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) return false;
  const detail: unknown = cause.details?.[0];
  return typeof detail === 'object' && detail !== null && 'commits' in detail && Number(detail.commits) > 0;
}

export function errorOf(error: unknown): ErrorJson {
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  if (cause instanceof ApplicationFailure) return { name: cause.type ?? 'Error', message: cause.message, hint: null };
  if (cause instanceof TimeoutFailure) {
    return { name: 'ActivityTimeoutError', message: `an activity timed out (${cause.timeoutType})`, hint: null };
  }
  return cause instanceof Error
    ? { name: cause.name, message: cause.message, hint: null }
    : { name: 'Error', message: String(cause), hint: null };
}
