import { z } from 'zod';
import { invalidationSigns } from '../../domain/facts/invalidations.ts';
import { type RunJson, type RunKind, runStatuses, type SurveyJson, type WorkerUsage } from '../../domain/run.ts';
import type { PreviewJson } from '../../operations/runs/preview.ts';
import type { RunDetailJson, RunPageJson } from '../../operations/runs/runs.ts';
import type { Mutable } from '../wire.ts';
import { count, instant, jobId, parameters } from './common.ts';
import { previewedPair } from './merge.ts';

/** Typed, so that a kind that is added cannot be forgotten here. */
const kinds: Readonly<Record<RunKind, RunKind>> = {
  sweep: 'sweep',
  preview: 'preview',
  undo: 'undo',
  task: 'task',
};

export const runStatus = z.enum(runStatuses).meta({ id: 'RunStatus' });
const runKind = z.enum(kinds).meta({ id: 'RunKind' });

export const error = z
  .object({ name: z.string(), message: z.string(), hint: z.string().nullable() })
  .meta({ id: 'Error' });

const approval = z
  .object({
    survey_hash: z.string(),
    by: z.string(),
    at: instant,
    held_run: z.string(),
    approved_run: z.string().nullable(),
    reason: z.string().nullish().describe('Why, in the words of that person.'),
  })
  .meta({ id: 'Approval' });

const rejection = z.object({ by: z.string(), at: instant, reason: z.string().nullable() }).meta({ id: 'Rejection' });

const survey = z
  .object({
    cutoff: instant.describe('Fixed for the whole run, from the clock of the database.'),
    hash: z.string().describe('Names the survey that a person approves.'),
    rows: count,
    due: count.optional().describe('Documents that the run would handle.'),
    would_delete: count.describe('Those of them that it would remove.'),
    share: z.number().describe('The largest share of a collection that would go, 0 to 1.'),
    would_hold: z.array(z.string()).describe('Limits of the brake that it exceeds.'),
    unscoped: count,
    unreadable: count,
    on_hold: count,
    partition_count: count,
    collections: z
      .array(
        z.object({
          collection: z.string(),
          rows: count,
          due: count,
          share: z.number().describe('Share of `share_rows` that is due, 0 to 1.'),
          share_of: z
            .enum(['collection', 'table'])
            .describe('Whose rows the share is of (`share_of` in coppice.yaml).'),
          share_rows: count,
          unscoped: count,
          unreadable: count,
          partition_count: count.describe('Partitions with something due.'),
          notes: z
            .array(z.string())
            .optional()
            .describe(
              'Steps that were left out or done in another way than usual, such as a model that was not asked.',
            ),
          children: z
            .record(z.string(), count)
            .optional()
            .describe('Rows of child tables that belong to what is due, by table. The brake does not count them.'),
          updates: z
            .object({ column: z.string(), hot: z.boolean(), indexes: z.array(z.string()) })
            .optional()
            .describe(
              'The cost of writing to the table: whether updates are HOT, and which indexes contain the column.',
            ),
        }),
      )
      .optional(),
    partitions: z
      .array(
        z.object({
          collection: z.string(),
          partition: z.string(),
          rows: count,
          due: count.optional(),
          would_delete: count,
          reasons: z.record(z.string(), count),
          oldest: instant.nullable(),
          sample_ids: z.array(z.string()),
        }),
      )
      .describe('The hundred with most to delete.'),
  })
  .meta({ id: 'Survey' }) satisfies z.ZodType<unknown, Mutable<SurveyJson>>;

export const usage = z
  .object({
    peak_memory_bytes: count.describe('The most that one of them was seen to hold (resident).'),
    cpu_ms: count.describe('CPU time of all their threads.'),
    worked_ms: count.describe('The time that they worked on it, added up.'),
  })
  .meta({ id: 'WorkerUsage' }) satisfies z.ZodType<unknown, Mutable<WorkerUsage>>;

const worker = usage
  .nullable()
  .describe(
    'Of the worker processes while they worked on the run, which may have worked on others too; `null`: not measured.',
  );

const common = {
  job: jobId,
  kind: runKind,
  status: runStatus,
  started_at: instant.nullable(),
  finished_at: instant.nullable(),
  duration_ms: count.nullable(),
  parameters,
  totals: z.record(z.string(), z.int()).describe('Counts of the changes that it made, by name: `deleted_documents` …'),
  partitions: z.record(z.string(), count).describe('Counts by state: `waiting`, `working`, `done`, `dead`.'),
  dead_letters: count,
  approval: approval.nullable(),
  rejection: rejection.optional(),
  undoes: z.string().nullable().describe('The run whose removals this one puts back.'),
  holder: z
    .object({ workflow_id: z.string(), run_id: z.string() })
    .nullable()
    .describe('Who has the lease, when the run was skipped because of it.'),
  error: error.nullable(),
  failed_collections: z
    .array(z.object({ collection: z.string(), error }))
    .describe('Collections that the run left out because they could not be looked at; the others were handled.'),
  worker,
};

const notes = z
  .array(z.string())
  .optional()
  .describe('Steps that were left out or done in another way than usual, such as a model that was not asked.');

export const run = z
  .object({ run_id: z.string(), workflow_id: z.string(), ...common, notes, survey: survey.optional() })
  .meta({ id: 'Run' }) satisfies z.ZodType<unknown, Mutable<RunJson>>;

/** Of a document that a refresh looked at. */
const outcome = z.enum(['refreshed', 'unchanged', 'gone', 'refused', 'failed', 'changed_meanwhile']);

export const runDetail = z
  .object({
    ...run.shape,
    requested_by: z.string().nullable(),
    reason: z.string().nullable().describe('Why that person asked for the run.'),
    asked_at: instant,
    superseded: z.array(z.object({ collection: z.string(), id: z.string() })),
    findings: z
      .array(
        z.object({
          collection: z.string(),
          kind: z.enum(['spared', 'not_restored', 'differs']),
          reason: z.enum(['referenced', 'exists', 'missing_reference', 'refused', 'changed']),
          code: z.string().nullable().describe('The code (SQLSTATE) with which the database refused.'),
          constraint: z.string().nullable(),
          table: z.string().nullable(),
          column: z.string().nullable(),
          id: z.string().nullable(),
          key: z.string().nullable().describe('The key of the row that does not exist.'),
          documents: count,
        }),
      )
      .describe('Items that the run left out or could not handle exactly, with the reason; the first hundred.'),
    left_alone: z
      .array(z.object({ collection: z.string(), id: z.string(), outcome, reason: z.string().nullable() }))
      .describe('Documents that a refresh left as they were, and why, the first hundred.'),
    dead_letter_ids: z.array(z.string()),
    open_undo: z.string().nullable().describe('The open run that puts this one back; `null`: none is open.'),
    waiting_for: z
      .string()
      .nullable()
      .describe('The reason why an open run waits; `null`: it works, or the reason is unknown.'),
  })
  .meta({ id: 'RunDetail' }) satisfies z.ZodType<unknown, Mutable<RunDetailJson>>;

export const runPage = z
  .object({ runs: z.array(run), next_cursor: z.string().nullable() })
  .meta({ id: 'RunPage' }) satisfies z.ZodType<unknown, Mutable<RunPageJson>>;

const previewedFact = z
  .object({
    ...{ graph: z.string(), group_id: z.string(), id: z.string(), text: z.string(), relation: z.string() },
    ...{ source: z.string(), target: z.string(), sign: z.enum(invalidationSigns) },
    evidence: z.object({
      valid_from: z.string().nullable(),
      valid_to: z.string().nullable(),
      retired_at: z.string().nullable(),
      sharing_stamp: count.describe('Retired facts of the group with the same time stamp.'),
      replacement: z
        .object({ id: z.string(), text: z.string() })
        .nullable()
        .describe('The fact that holds since the instant at which this one was retired.'),
    }),
  })
  .meta({ id: 'PreviewedFact' });

export const preview = z
  .object({
    ...{ run_id: z.null(), workflow_id: z.null(), ...common, notes, survey: survey.optional() },
    facts: z.array(previewedFact).optional().describe('Facts whose validity a run would restore.'),
    estimates: z
      .array(
        z.object({
          ...{ graph: z.string(), group_id: z.string(), type: z.string(), merges: count },
          estimated_error_rate: z.object({ low: z.number(), rate: z.number(), high: z.number() }).nullable(),
        }),
      )
      .optional()
      .describe('Merges by type, with their estimated error rate; `null`: not estimable.'),
    pairs: z.array(previewedPair).optional().describe('Pairs that a run would merge or leave to a person.'),
  })
  .meta({ id: 'Preview' }) satisfies z.ZodType<unknown, Mutable<PreviewJson>>;
