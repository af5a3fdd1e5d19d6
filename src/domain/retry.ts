/** How often and how patiently a failed partition is tried again. Errors of any other name are final at once. */
export interface RetrySettings {
  readonly max_retries: number;
  readonly retry_delay_seconds: number;
  readonly retry_backoff_multiplier: number;
  readonly retry_max_delay_seconds: number;
  readonly retry_on_errors: readonly string[];
}
