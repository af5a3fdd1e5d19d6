import { z } from 'zod';
import type { JobJson } from '../../operations/runs/jobs.ts';
import type { ScheduleJson } from '../../operations/runs/schedules.ts';
import type { JobStatsJson } from '../../operations/runs/stats.ts';
import type { Mutable } from '../wire.ts';
import { count, instant, jobId } from './common.ts';
import { usage } from './run.ts';

const value = z.union([z.number(), z.string(), z.boolean(), z.null()]);

const definition = z
  .object({
    name: z.string().optional(),
    cron: z.string().optional(),
    every_seconds: z.number().optional(),
    once: z.string().optional(),
    parameters: z.record(z.string(), value).optional(),
    catch_up_window_seconds: z.number().optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'ScheduleDefinition' });

export const job = z
  .object({
    id: jobId,
    title: z.string(),
    description: z.string(),
    partition: z
      .string()
      .nullable()
      .describe('The field whose values are the partitions of a run; `null`: it is one task.'),
    effect: z
      .enum(['removes', 'changes', 'adds', 'replaces', 'computes'])
      .nullable()
      .describe('The effect of a run on items that are due; `null`: it is one task.'),
    undo: z.boolean().describe('Whether a run can be undone.'),
    collections: z.array(z.string()),
    parameters: z.record(
      z.string(),
      z.object({
        type: z.enum(['integer', 'number', 'boolean', 'string']),
        value,
        default: value,
        unit: z.string().nullable(),
        minimum: z.number().nullable(),
        maximum: z.number().nullable(),
        choices: z.array(z.string()).nullable().describe('Values that a text may have; `null`: any.'),
        can_be_off: z.boolean().describe('Whether `off` switches its rule off.'),
        description: z.string(),
      }),
    ),
    schedules: z.array(definition),
    brake: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Job' }) satisfies z.ZodType<unknown, Mutable<JobJson>>;

const jobStats = z
  .object({
    job: jobId,
    executions: count,
    succeeded: count,
    failed: count.describe('Partial runs count as failed; held, skipped, rejected and cancelled ones as neither.'),
    running: count,
    pending: count,
    success_rate: z.number().min(0).max(1).nullable(),
    failure_rate: z.number().min(0).max(1).nullable(),
    mean_duration_ms: z.number().nullable(),
    consecutive_failures: count,
    last_run_at: instant.nullable(),
    last_success_at: instant.nullable(),
    last_failure_at: instant.nullable(),
    last_usage: usage
      .nullable()
      .describe('The resources that the last run used of its workers, of those that were measured.'),
    health: z.enum(['healthy', 'failing', 'unknown']),
  })
  .meta({ id: 'JobStats' }) satisfies z.ZodType<unknown, Mutable<JobStatsJson>>;

export const jobDetail = z.object({ ...job.shape, stats: jobStats }).meta({ id: 'JobDetail' });

export const schedule = z
  .object({
    schedule_id: z.string(),
    job: z.string(),
    paused: z.boolean(),
    note: z.string().nullable(),
    next_run: instant.nullable(),
    next_runs: z
      .array(instant)
      .describe('The next three starts, by its times alone: a paused schedule does not start at them.'),
    last_run: instant.nullable(),
    lag_ms: count.nullable().describe('How late the last start was, or the next one is by now; `null`: it is paused.'),
    runs: count,
    skipped: count.describe('Starts that Temporal itself skipped because the run before was still open.'),
    missed: count,
  })
  .meta({ id: 'Schedule' }) satisfies z.ZodType<unknown, Mutable<ScheduleJson>>;
