import { ApplicationFailure } from '@temporalio/common';
import { toStoreError } from '../../database/errors.ts';
import type { ErrorJson } from '../../domain/run.ts';
import { StoreError } from '../../domain/store-errors.ts';

/**
 * Errors as Temporal carries them, classified once. Neither stack nor cause goes along: drivers put rows and addresses
 * there.
 */

/** Type of the failure that opens the run's breaker: the whole store is affected, not this partition. */
const storeUnavailable = 'StoreUnavailableError';
const longestMessage = 500;

/** Trying again gives the same, so a control step that meets one of these ends its run. */
const finalForControl = new Set([
  'ApprovalRefusedError',
  'EmptyScopeError',
  'EndpointRefusedError',
  'InvalidInputError',
  'LeaseLostError',
  'MappingChangedError',
  'MappingError',
  'StoreRefusedError',
  'UndoRefusedError',
  'WrongInstallationError',
]);

/** After so many tries it is not by chance that only wrongly configured workers take a step up. */
const mostDeclines = 20;

/** A step that the whole run waits for: everything that may pass is tried again, by Temporal, until the run's limit. */
export function controlFailure(error: unknown, attempt: number): ApplicationFailure {
  const { name, message } = errorJson(toStoreError(error));
  const declined = name === 'OtherConfigurationError' && attempt > mostDeclines;
  const nonRetryable = declined || finalForControl.has(name);
  return withoutStack(ApplicationFailure.create({ message, type: name, nonRetryable }));
}

/**
 * Work on partitions: a whole store that fails is the run's matter, a kind named in the retry settings is tried again,
 * everything else is final. After progress Temporal's retries are left aside too: the workflow begins afresh, and counts
 * nothing.
 */
export function drainFailure(error: unknown, retryOn: readonly string[], commits: number): ApplicationFailure {
  const known = toStoreError(error);
  const { name, message } = errorJson(known);
  const whole = known instanceof StoreError && known.wholeStore;
  const failure = ApplicationFailure.create({
    message,
    type: whole ? storeUnavailable : name,
    nonRetryable: whole || commits > 0 || !retryOn.includes(name),
    details: [{ commits }],
  });
  return withoutStack(failure);
}

function withoutStack(failure: ApplicationFailure): ApplicationFailure {
  failure.stack = '';
  return failure;
}

export function errorJson(error: unknown): ErrorJson {
  const name = error instanceof Error ? error.name : 'Error';
  const message = error instanceof Error ? error.message : String(error);
  return { name, message: message.slice(0, longestMessage), hint: null };
}
