/** How often and how patiently a failed partition is tried again. Errors of any other name are final at once. */
export interface RetrySettings {
  readonly max_retries: number;
  readonly retry_delay_seconds: number;
  readonly retry_backoff_multiplier: number;
  readonly retry_max_delay_seconds: number;
  readonly retry_on_errors: readonly string[];
}

/** The same for Temporal, which counts attempts and not retries, and takes no maximum below the first interval. */
export function retryPolicy(retry: RetrySettings) {
  const initialInterval = retry.retry_delay_seconds * 1000;
  return {
    maximumAttempts: retry.max_retries + 1,
    initialInterval,
    backoffCoefficient: retry.retry_backoff_multiplier,
    maximumInterval: Math.max(initialInterval, retry.retry_max_delay_seconds * 1000),
  };
}
