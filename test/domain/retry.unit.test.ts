import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, test } from 'vitest';
import { drainFailure } from '../../src/activities/sweep/failures.ts';
import { retryPolicy } from '../../src/domain/retry.ts';
import { StoreError, type StoreErrorName } from '../../src/domain/store-errors.ts';
import { defaultRetry } from '../../src/jobs/defaults.ts';

describe('the retry settings as Temporal has them', () => {
  it('by default: four attempts, after one, two and four minutes, never more than an hour apart', () => {
    expect(retryPolicy(defaultRetry)).toEqual({
      maximumAttempts: 4,
      initialInterval: 60_000,
      backoffCoefficient: 2,
      maximumInterval: 3_600_000,
    });
  });

  it.each([
    [{ max_retries: 0 }, { maximumAttempts: 1 }],
    [{ max_retries: 9 }, { maximumAttempts: 10 }],
    [{ retry_delay_seconds: 0.5 }, { initialInterval: 500 }],
    [{ retry_backoff_multiplier: 1.5 }, { backoffCoefficient: 1.5 }],
    [{ retry_max_delay_seconds: 120 }, { maximumInterval: 120_000 }],
    [
      { retry_delay_seconds: 600, retry_max_delay_seconds: 60 },
      { initialInterval: 600_000, maximumInterval: 600_000 },
    ],
  ])('%o', (given, expected) => {
    expect(retryPolicy({ ...defaultRetry, ...given })).toMatchObject(expected);
  });
});

describe('which errors are tried again', () => {
  const failureOf = (error: unknown, retryOn: readonly string[] = defaultRetry.retry_on_errors) =>
    drainFailure(error, retryOn, 0);
  const named = (name: StoreErrorName) => new StoreError(name, 'no', { wholeStore: false });

  test.each(['ConnectionError', 'TimeoutError', 'WeaviateError', 'DatabaseError'] as const)(
    '%s is, by default',
    (name) => {
      expect(failureOf(named(name))).toMatchObject({ type: name, nonRetryable: false });
    },
  );

  test('any other is final at once', () => {
    for (const error of [named('StoreRefusedError'), new TypeError('x'), new Error('y'), 'a string']) {
      expect(failureOf(error)).toMatchObject({ nonRetryable: true });
    }
  });

  test('the list equals the configuration', () => {
    expect(failureOf(named('TimeoutError'), ['DatabaseError'])).toMatchObject({ nonRetryable: true });
    expect(failureOf(named('StoreRefusedError'), ['StoreRefusedError'])).toMatchObject({ nonRetryable: false });
    expect(failureOf(named('DatabaseError'), [])).toMatchObject({ nonRetryable: true });
  });

  test('a whole store that is down is the run’s matter, not the partition’s', () => {
    const failure = failureOf(new StoreError('ConnectionError', 'gone'));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'StoreUnavailableError', nonRetryable: true });
  });

  test('after progress the workflow begins afresh instead', () => {
    expect(drainFailure(named('DatabaseError'), defaultRetry.retry_on_errors, 3)).toMatchObject({ nonRetryable: true });
  });
});
