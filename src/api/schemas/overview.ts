import { z } from 'zod';
import type { CollectionJson } from '../../operations/monitoring/collections.ts';
import type { OverviewJson } from '../../operations/monitoring/overview.ts';
import type { RunItemPageJson } from '../../operations/runs/items.ts';
import type { UndoOutlookJson } from '../../operations/runs/undo-outlook.ts';
import type { Mutable } from '../wire.ts';
import { count, instant, jobId } from './common.ts';

const capped = count.describe('10,000 at most.');
const day = z.string().describe('A day (UTC), such as `2026-07-01`.');
const collectionName = z.string().describe('A collection or a graph.');

const needsYou = z.object({
  held: z.object({
    count: capped,
    runs: z
      .array(
        z.object({
          run_id: z.string(),
          job: jobId,
          since: instant,
          due: count,
          would_delete: count,
          share: z.number(),
          would_hold: z.array(z.string()),
          partition_count: count,
        }),
      )
      .describe('Held runs that wait for a decision, the latest twenty.'),
  }),
  dead_letters: z.array(z.object({ job: jobId, count: capped })),
  alerts: z.object({
    count: capped,
    latest: z
      .array(z.object({ rule: z.string(), subject: z.string(), message: z.string(), since: instant }))
      .describe('Alerts that stand, the latest twenty.'),
  }),
  paused_schedules: z
    .array(z.object({ schedule_id: z.string(), job: z.string(), since: instant }))
    .describe('Schedules that the last health check found paused, of jobs that alter data of an application.'),
  skipped_schedules: z
    .array(z.object({ schedule_id: z.string(), job: z.string(), starts: count }))
    .describe('Schedules whose last starts Temporal skipped or missed.'),
  paused_runs: count.nullable().describe('Runs that are paused in Temporal; `null`: not known.'),
  proposals: capped.describe('Proposals that wait for a review; 10,000 at most.'),
  merges: capped.describe('Pairs of entities or facts that wait for a review; 10,000 at most.'),
});

export const overview = z
  .object({
    needs_you: needsYou,
    changed: z
      .array(z.object({ collection: collectionName, job: jobId, name: z.string(), count: z.int() }))
      .describe('Totals of the runs that ended within the last 24 hours, by name.'),
    days: z
      .array(z.object({ day, collection: collectionName, name: z.string(), count: z.int() }))
      .describe('The same by day, for the last two weeks.'),
    surveys: z
      .array(
        z.object({
          job: jobId,
          run_id: z.string(),
          at: instant,
          due: count,
          rows: count,
          collections: z.array(z.object({ collection: collectionName, due: count, rows: count })),
        }),
      )
      .describe('The counts of the latest survey of each job.'),
    open_runs: capped.describe('Runs that wait to begin or are running; 10,000 at most.'),
  })
  .meta({ id: 'Overview' }) satisfies z.ZodType<unknown, Mutable<OverviewJson>>;

export const collection = z
  .object({
    name: collectionName,
    kind: z.string().describe('`documents`, `memories` … or `graph`.'),
    mapped: z.boolean().describe('Whether the data is the application’s own.'),
    place: z.string().describe('The table of the rows, or the store of the graph.'),
    fields: z.record(z.string(), z.string()).describe('Columns and paths by the field that they are mapped to.'),
    vectors: z.string().nullable().describe('Where vectors are; `null`: there are none, or they are with the rows.'),
    jobs: z.array(jobId),
    days: z.array(z.object({ day, rows: count })).describe('Rows as `upkeep` counted them, the last thirty days.'),
    drift: z
      .object({ rows_without_vectors: count, vectors_without_row: count, measured_at: instant })
      .nullable()
      .describe('Differences between the stores of rows and of vectors; `null`: not measured.'),
  })
  .meta({ id: 'Collection' }) satisfies z.ZodType<unknown, Mutable<CollectionJson>>;

const values = z.record(z.string(), z.string().nullable()).nullable();

const effect = z.enum(['removed', 'changed', 'added']);

export const itemPage = z
  .object({
    items: z.array(
      z.object({
        effect,
        kind: z.string().describe('`row`, or a kind of graph items.'),
        collection: collectionName,
        partition: z.string(),
        id: z.string(),
        field: z.string().nullable().describe('The field that was written; `null`: the item is a whole row.'),
        before: values.describe('Values by column as text, each cut after 2,000 characters; `null` without content.'),
        after: values,
        refused: z.boolean().describe('Whether an undo left the item as it is.'),
        reason: z
          .string()
          .nullable()
          .describe('The reason of the rule, where the survey found the same one for all of the partition.'),
      }),
    ),
    content: z.boolean().describe('Whether the token shows content: a token that was made with `--content`.'),
    left_out: z
      .array(z.object({ collection: collectionName, reason: z.string() }))
      .describe('Parts of the ledger that cannot be read item by item.'),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'RunItemPage' }) satisfies z.ZodType<unknown, Mutable<RunItemPageJson>>;

export const undoOutlook = z
  .object({
    refusal: z
      .string()
      .nullable()
      .describe('The reason why an undo would be refused; `null`: it would be carried out.'),
    items: z.array(
      z.object({
        collection: collectionName,
        effect,
        items: count.describe('Items that the ledger holds of the run.'),
        exist_again: count
          .nullable()
          .describe(
            'Removed rows that exist again, which an undo leaves alone; `null`: the items are no removed rows.',
          ),
      }),
    ),
  })
  .meta({ id: 'UndoOutlook' }) satisfies z.ZodType<unknown, Mutable<UndoOutlookJson>>;
