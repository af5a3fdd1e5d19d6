import { z } from 'zod';
import type { HoldJson } from '../../operations/data/holds.ts';
import type { HealthJson } from '../../operations/monitoring/health.ts';
import type { ReadinessJson } from '../../operations/monitoring/readiness.ts';
import type { DeadLetterJson } from '../../operations/runs/dead-letters.ts';
import type { LeaseJson } from '../../operations/runs/leases.ts';
import type { Mutable } from '../wire.ts';
import { count, instant, jobId, parameters } from './common.ts';
import { error } from './run.ts';

export const deadLetter = z
  .object({
    id: z.string(),
    job: jobId,
    collection: z.string(),
    partition: z.string(),
    run_id: z.string().describe('The run that gave it up last.'),
    attempts: count,
    error,
    parameters,
    first_at: instant,
    last_at: instant,
  })
  .meta({ id: 'DeadLetter' }) satisfies z.ZodType<unknown, Mutable<DeadLetterJson>>;

export const hold = z
  .object({
    collection: z.string(),
    id: z.string(),
    partition: z.string(),
    run_id: z.string().describe('The undo that set it.'),
    created_at: instant,
  })
  .meta({ id: 'Hold' }) satisfies z.ZodType<unknown, Mutable<HoldJson>>;

export const lease = z
  .object({
    name: z.string(),
    generation: count,
    run_id: z.string().nullable(),
    workflow_id: z.string().nullable(),
    namespace: z.string().nullable(),
    acquired_at: instant.nullable(),
  })
  .meta({ id: 'Lease' }) satisfies z.ZodType<unknown, Mutable<LeaseJson>>;

export const health = z
  .object({
    ok: z.boolean().describe('Whether a run started now would be carried out.'),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })),
    jobs: z
      .array(
        z.object({
          id: jobId,
          last_run_at: instant.nullable(),
          last_success_at: instant.nullable(),
          last_failure_at: instant.nullable(),
          next_run: instant.nullable().describe('`null`: no schedule of it runs.'),
          lag_ms: count
            .nullable()
            .describe(
              'How late its last start by a schedule was, or the next one is by now; `null`: no schedule of it runs.',
            ),
          health: z.enum(['healthy', 'failing', 'unknown']),
        }),
      )
      .describe('When each job ran last, and runs next by itself.'),
    configuration: z.string().describe('Digest of the configuration of the API.'),
    workers: z
      .array(
        z.object({
          identity: z.string(),
          started_at: instant.nullable(),
          release: z.string().nullable(),
          configuration: z.string().nullable(),
          same_configuration: z.boolean().nullable().describe('Whether it runs the configuration of the API.'),
        }),
      )
      .describe(
        'Workers that live, as they recorded themselves; `null` where the release of a worker records nothing.',
      ),
    stranded_runs: z
      .array(
        z.object({
          workflow_id: z.string(),
          run_id: z.string(),
          deployment: z.string(),
          build_id: z.string(),
          command: z.string().describe('Moves the run to the current version.'),
        }),
      )
      .describe('Open runs that are pinned to a version of the workers of which none polls.'),
  })
  .meta({ id: 'Health' }) satisfies z.ZodType<unknown, Mutable<HealthJson>>;

export const readiness = z
  .object({ ready: z.boolean(), checks: z.array(z.object({ name: z.string(), ok: z.boolean() })) })
  .meta({ id: 'Readiness' }) satisfies z.ZodType<unknown, Mutable<ReadinessJson>>;
