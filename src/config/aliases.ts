/**
 * Environment variables of the systems that teams come from, each standing for a setting. A value here goes before the
 * file and yields to nothing but a flag. Variables of a job that this version does not have are left alone: other
 * programs may share the environment.
 */
export type Alias =
  | { readonly variable: string; readonly job: string; readonly sets: JobSetting }
  | { readonly variable: string; readonly sets: GlobalSetting };

/** A parameter of the job, partitions at once, whether its schedules start, or when they fire. */
export type JobSetting = { readonly parameter: string } | 'concurrency' | 'enabled' | 'cron' | 'every_minutes';

/** `nothing`: accepted, and answered with a line in the log. */
export type GlobalSetting = 'schedules_enabled' | 'max_concurrent_activities' | 'queue_size' | 'nothing';

export type JobAlias = Extract<Alias, { job: string }>;
export type GlobalAlias = Exclude<Alias, { job: string }>;

export const globalAliases: readonly GlobalAlias[] = [
  { variable: 'BG_JOBS_ENABLED', sets: 'schedules_enabled' },
  { variable: 'BG_JOBS_MAX_CONCURRENT', sets: 'max_concurrent_activities' },
  { variable: 'BG_JOBS_QUEUE_SIZE', sets: 'queue_size' },
  { variable: 'BG_JOBS_SCHEDULER_INTERVAL', sets: 'nothing' },
  { variable: 'SCHEDULER_CHECK_INTERVAL_SECONDS', sets: 'nothing' },
];

export const jobAliases: readonly JobAlias[] = [
  { variable: 'BG_JOBS_HISTORY_RETENTION', job: 'upkeep', sets: { parameter: 'history_retention_days' } },
  { variable: 'CTX7_TTL_CLEANUP_BATCH_SIZE', job: 'ttl-cleanup', sets: { parameter: 'batch_size' } },
  { variable: 'CTX7_REFRESH_BATCH_SIZE', job: 'document-refresh', sets: { parameter: 'batch_size' } },
  { variable: 'CTX7_REFRESH_THRESHOLD_DAYS', job: 'document-refresh', sets: { parameter: 'threshold_days' } },
  { variable: 'CTX7_MAX_CONCURRENT_WORKSPACE_JOBS', job: 'ttl-cleanup', sets: 'concurrency' },
  { variable: 'CTX7_MAX_CONCURRENT_WORKSPACE_JOBS', job: 'document-refresh', sets: 'concurrency' },
  { variable: 'JOB_DEDUPLICATE_ENABLED', job: 'deduplicate-facts', sets: 'enabled' },
  { variable: 'JOB_DEDUPLICATE_CRON', job: 'deduplicate-facts', sets: 'cron' },
  { variable: 'JOB_ARCHIVE_ENABLED', job: 'archive-facts', sets: 'enabled' },
  { variable: 'JOB_ARCHIVE_CRON', job: 'archive-facts', sets: 'cron' },
  { variable: 'SCHEDULER_ENABLED', job: 'profile-maintenance', sets: 'enabled' },
  { variable: 'SCHEDULER_ENABLED', job: 'memory-consolidation', sets: 'enabled' },
  { variable: 'SCHEDULER_ENABLED', job: 'memory-decay', sets: 'enabled' },
  { variable: 'PROFILE_MAINTENANCE_INTERVAL_MINUTES', job: 'profile-maintenance', sets: 'every_minutes' },
  { variable: 'PROFILE_MAINTENANCE_MODEL', job: 'profile-maintenance', sets: { parameter: 'model' } },
];
