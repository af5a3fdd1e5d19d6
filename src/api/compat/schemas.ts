import { z } from 'zod';
import { count, instant } from '../schemas/common.ts';

/** Wire names are those of the framework that teams come from. */

const health = z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']);

export const jobMetrics = z
  .object({
    total_executions: count,
    successful_executions: count,
    failed_executions: count.describe('Partial runs too.'),
    success_rate: z.number().min(0).max(1).describe('Of the decided executions; 0 where there are none.'),
    error_rate: z.number().min(0).max(1),
    average_duration_seconds: z.number().min(0),
    consecutive_failures: count,
    health_status: health,
    last_execution_at: instant.nullable(),
    last_success_at: instant.nullable(),
    last_failure_at: instant.nullable(),
    memory_usage_mb: z
      .number()
      .nullable()
      .describe('The most that a worker held during the last measured run, in MiB; `null` where there is none.'),
    cpu_usage_percent: z
      .number()
      .nullable()
      .describe(
        'Of one core, on the mean of the time that workers worked on that run; several threads may exceed 100.',
      ),
  })
  .meta({ id: 'BackgroundJobMetrics' });

const schedule = z
  .object({
    schedule_type: z.enum(['cron', 'interval', 'once']),
    cron_expression: z.string().optional().describe('Five fields, UTC.'),
    interval_seconds: z.number().optional(),
    interval_minutes: z.number().optional(),
    interval_hours: z.number().optional(),
    interval_days: z.number().optional(),
    execute_at: instant.optional(),
  })
  .describe('The first of the job; an interval is in the largest unit that it is whole in. `null`: the job has none.');

const retryConfig = z.object({
  max_retries: count,
  retry_delay_seconds: z.number(),
  retry_backoff_multiplier: z.number(),
  retry_max_delay_seconds: z.number(),
  retry_on_errors: z.array(z.string()),
});

export const backgroundJob = z
  .object({
    job_id: z.string(),
    job_name: z.string(),
    job_type: z.string(),
    description: z.string(),
    enabled: z.boolean().describe('Whether a schedule of it is not paused.'),
    next_run: instant.nullable(),
    schedule: schedule.nullable(),
    retry_config: retryConfig,
    priority: z.enum(['high', 'medium', 'low']),
    parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
    metrics: jobMetrics,
  })
  .meta({ id: 'BackgroundJob' });

export const execution = z
  .object({
    execution_id: z.string().describe('The run id.'),
    job_id: z.string(),
    status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled', 'skipped', 'held']),
    started_at: instant.nullable(),
    completed_at: instant.nullable(),
    duration_seconds: z.number().nullable(),
    correlation_id: z.string().describe('As in the PIPELINE_METRICS lines of the log.'),
    records_processed: count,
    records_failed: count,
    error_message: z.string().nullable(),
  })
  .meta({ id: 'BackgroundExecution' });

const services = z.record(z.string(), z.boolean());

export const serviceHealth = z
  .object({
    status: health,
    total_jobs: count,
    running_jobs: count,
    queue_size: count.describe('Runs asked for and not yet begun.'),
    metrics: services.describe('Each check of the service.'),
    jobs: z
      .record(z.string(), z.object({ last_run: instant.nullable(), next_run: instant.nullable() }))
      .describe('By job id.'),
  })
  .meta({ id: 'BackgroundHealth' });

export const summary = z
  .object({
    summary: z.object({
      total_jobs: count,
      enabled_jobs: count,
      disabled_jobs: count,
      running_jobs: count,
      overall_health: health,
    }),
    job_type_distribution: z.record(z.string(), count),
    jobs: z.record(z.string(), jobMetrics).describe('By job id.'),
    health_details: serviceHealth,
    timestamp: instant,
  })
  .meta({ id: 'BackgroundSummary' });

export type BackgroundJob = z.infer<typeof backgroundJob>;
export type Execution = z.infer<typeof execution>;
export type JobMetrics = z.infer<typeof jobMetrics>;
export type ServiceHealth = z.infer<typeof serviceHealth>;
export type Summary = z.infer<typeof summary>;
