import type { JobSettings } from '../../config/config.ts';
import { correlationId } from '../../domain/pipeline-metrics.ts';
import { isFinal, itemsIn, type RunJson, type RunStatus, type WorkerUsage } from '../../domain/run.ts';
import { countsOf } from '../../jobs/index.ts';
import type { ScheduleDefinition } from '../../jobs/job.ts';
import type { HealthJson } from '../../operations/monitoring/health.ts';
import type { JobJson } from '../../operations/runs/jobs.ts';
import type { ScheduleJson } from '../../operations/runs/schedules.ts';
import type { JobStatsJson } from '../../operations/runs/stats.ts';
import type { BackgroundJob, Execution, JobMetrics, ServiceHealth, Summary } from './schemas.ts';

/** Our words in those of the framework that teams come from. Pure. */

const statuses: Readonly<Record<RunStatus, Execution['status']>> = {
  pending: 'pending',
  running: 'running',
  success: 'completed',
  preview: 'completed',
  // Something was given up: who watches for failures wants to hear of it.
  partial: 'failed',
  failed: 'failed',
  held: 'held',
  skipped: 'skipped',
  rejected: 'cancelled',
  cancelled: 'cancelled',
};

export function toExecution(run: RunJson): Execution {
  const { done = 0, dead = 0 } = run.partitions;
  return {
    execution_id: run.run_id,
    job_id: run.job,
    status: statuses[run.status],
    started_at: run.started_at,
    completed_at: isFinal(run.status) ? run.finished_at : null,
    duration_seconds: run.duration_ms === null ? null : run.duration_ms / 1000,
    correlation_id: correlationId(run.kind === 'undo' ? `undo-${run.job}` : run.job, run.run_id),
    records_processed: itemsIn(run.totals, countsOf(run.job)) || done,
    records_failed: dead,
    error_message: run.error?.message ?? null,
  };
}

/** After so many failures in a row a job counts as unhealthy, after one as degraded. */
const unhealthyAfter = 3;

function toMetrics(stats: JobStatsJson): JobMetrics {
  return {
    total_executions: stats.executions,
    successful_executions: stats.succeeded,
    failed_executions: stats.failed,
    success_rate: stats.success_rate ?? 0,
    error_rate: stats.failure_rate ?? 0,
    average_duration_seconds: (stats.mean_duration_ms ?? 0) / 1000,
    consecutive_failures: stats.consecutive_failures,
    health_status: healthOf(stats),
    last_execution_at: stats.last_run_at,
    last_success_at: stats.last_success_at,
    last_failure_at: stats.last_failure_at,
    memory_usage_mb: stats.last_usage === null ? null : rounded(stats.last_usage.peak_memory_bytes / mebibyte),
    cpu_usage_percent: stats.last_usage === null ? null : cpuPercent(stats.last_usage),
  };
}

const mebibyte = 1024 ** 2;

function cpuPercent({ cpu_ms, worked_ms }: WorkerUsage): number {
  return rounded((cpu_ms / Math.max(1, worked_ms)) * 100);
}

/** To one decimal, as such clients show it. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function healthOf({ health, consecutive_failures }: JobStatsJson): JobMetrics['health_status'] {
  if (health !== 'failing') return health;
  return consecutive_failures >= unhealthyAfter ? 'unhealthy' : 'degraded';
}

export function toJob(
  { job, retry, priority }: { readonly job: JobJson } & Pick<JobSettings, 'retry' | 'priority'>,
  stats: JobStatsJson,
  schedules: readonly ScheduleJson[],
): BackgroundJob {
  const own = schedules.filter((one) => one.job === job.id && !one.paused);
  const next = own.flatMap(({ next_run }) => next_run ?? []).sort();
  return {
    job_id: job.id,
    job_name: job.title,
    job_type: job.id.replaceAll('-', '_'),
    description: job.description,
    enabled: own.length > 0,
    next_run: next[0] ?? null,
    schedule: toSchedule(job.schedules[0]),
    retry_config: { ...retry, retry_on_errors: [...retry.retry_on_errors] },
    priority,
    parameters: Object.fromEntries(Object.entries(job.parameters).map(([name, { value }]) => [name, value])),
    metrics: toMetrics(stats),
  };
}

const units = [
  ['interval_days', 86_400],
  ['interval_hours', 3_600],
  ['interval_minutes', 60],
] as const;

/** In one unit only: a client of the framework adds up what it is given. */
function toSchedule(definition: ScheduleDefinition | undefined): BackgroundJob['schedule'] {
  const { cron, every_seconds: seconds, once } = definition ?? {};
  if (cron !== undefined) return { schedule_type: 'cron', cron_expression: cron };
  if (once !== undefined) return { schedule_type: 'once', execute_at: once };
  if (seconds === undefined) return null;
  const [unit, size] = units.find(([, length]) => seconds % length === 0) ?? ['interval_seconds', 1];
  return { schedule_type: 'interval', [unit]: seconds / size };
}

export function toServiceHealth(health: HealthJson, stats: readonly JobStatsJson[]): ServiceHealth {
  const failing = stats.some((one) => one.health === 'failing');
  return {
    status: !health.ok ? 'unhealthy' : failing ? 'degraded' : 'healthy',
    total_jobs: stats.length,
    running_jobs: sum(stats, (one) => one.running),
    queue_size: sum(stats, (one) => one.pending),
    metrics: Object.fromEntries(health.checks.map(({ name, ok }) => [name.replaceAll(/\W+/g, '_'), ok])),
    jobs: Object.fromEntries(
      health.jobs.map(({ id, last_run_at: last_run, next_run }) => [id, { last_run, next_run }]),
    ),
  };
}

export function toSummary(jobs: readonly BackgroundJob[], details: ServiceHealth): Summary {
  const enabled = jobs.filter((one) => one.enabled).length;
  return {
    summary: {
      total_jobs: jobs.length,
      enabled_jobs: enabled,
      disabled_jobs: jobs.length - enabled,
      running_jobs: details.running_jobs,
      overall_health: details.status,
    },
    job_type_distribution: Object.fromEntries(jobs.map(({ job_type }) => [job_type, 1])),
    jobs: Object.fromEntries(jobs.map(({ job_id, metrics }) => [job_id, metrics])),
    health_details: details,
    timestamp: new Date().toISOString(),
  };
}

function sum<T>(all: readonly T[], read: (one: T) => number): number {
  return all.reduce((total, one) => total + read(one), 0);
}
