/**
 * Environment variables of the systems that teams come from, each standing for a setting of a job. A value here yields
 * to nothing but a flag.
 */
export interface ParameterAlias {
  readonly variable: string;
  readonly job: string;
  /** A parameter of the job, or the number of partitions worked on at once. */
  readonly sets: { readonly parameter: string } | 'concurrency';
}

export const parameterAliases: readonly ParameterAlias[] = [
  { variable: 'CTX7_TTL_CLEANUP_BATCH_SIZE', job: 'ttl-cleanup', sets: { parameter: 'batch_size' } },
  { variable: 'CTX7_REFRESH_BATCH_SIZE', job: 'document-refresh', sets: { parameter: 'batch_size' } },
  { variable: 'CTX7_REFRESH_THRESHOLD_DAYS', job: 'document-refresh', sets: { parameter: 'threshold_days' } },
  { variable: 'CTX7_MAX_CONCURRENT_WORKSPACE_JOBS', job: 'ttl-cleanup', sets: 'concurrency' },
];
