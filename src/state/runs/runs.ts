import { type Selectable, sql } from 'kysely';
import type { Db, RunsTable, Tx } from '../../database/schema.ts';
import {
  type Approval,
  type ErrorJson,
  type FailedCollection,
  type Holder,
  isFinal,
  notesOf,
  type Rejection,
  type RunJson,
  type RunKind,
  type RunStatus,
  type SurveyJson,
  zeroTotals,
} from '../../domain/run.ts';
import type { RunIdentity } from '../../domain/run-identity.ts';
import { countsOf } from '../../jobs/index.ts';
import { type PartitionSums, sumPartitions } from './run-partitions.ts';
import { usageOf } from './run-usage.ts';

export type Run = Selectable<RunsTable>;

/** Columns that `runJsonOf` reads of a run. A list reads these alone: the survey of a run with many partitions is large. */
export const listedColumns = [
  'no',
  'run_id',
  'workflow_id',
  'job',
  'kind',
  'status',
  'started_at',
  'finished_at',
  'parameters',
  'totals',
  'approval',
  'rejection',
  'undoes',
  'holder',
  'error',
  'failed_collections',
  'peak_memory_bytes',
  'cpu_ms',
  'worked_ms',
] as const;

export type ListedRun = Pick<Run, (typeof listedColumns)[number]>;

export interface NewRun extends RunIdentity {
  readonly job: string;
  readonly kind: RunKind;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly requestedBy: string | null;
  readonly undoes: string | null;
}

/** Writes down that the run was asked for; a run that is there already stays as it is. */
export async function askRun(db: Db, run: NewRun): Promise<void> {
  await db
    .insertInto('coppice.runs')
    .values({
      run_id: run.runId,
      workflow_id: run.workflowId,
      namespace: run.namespace,
      job: run.job,
      kind: run.kind,
      status: 'pending',
      parameters: JSON.stringify(run.parameters),
      requested_by: run.requestedBy,
      undoes: run.undoes,
      totals: '{}',
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Keeps why a person asked for the run. Apart from `askRun`, since a worker may have begun the run before. */
export async function recordReason(db: Db, runId: string, reason: string): Promise<void> {
  await db.updateTable('coppice.runs').set({ reason }).where('run_id', '=', runId).execute();
}

/** Begins the run, also again after its worker was lost. A run that has ended keeps its end. */
export async function beginRun(db: Db, run: NewRun & { readonly ledger: boolean }): Promise<Run> {
  await askRun(db, run);
  await db
    .updateTable('coppice.runs')
    .set({
      status: 'running',
      parameters: JSON.stringify(run.parameters),
      started_at: sql<Date>`coalesce(started_at, now())`,
      // As it was when the run began: a retry may find another configuration.
      ledger: sql<boolean>`case when started_at is null then ${run.ledger} else ledger end`,
    })
    .where('run_id', '=', run.runId)
    .where('status', 'in', ['pending', 'running'])
    .execute();
  return getRun(db, run.runId);
}

export async function getRun(db: Db, runId: string): Promise<Run> {
  return db.selectFrom('coppice.runs').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow();
}

export async function runIdOf(db: Db, no: number): Promise<string> {
  const row = db.selectFrom('coppice.runs').select('run_id').where('no', '=', no);
  return (await row.executeTakeFirstOrThrow()).run_id;
}

/** Whether the ledger keeps what the run removes. */
export async function keepsRemoved(db: Db, no: number): Promise<boolean> {
  const row = db.selectFrom('coppice.runs').select('ledger').where('no', '=', no);
  return (await row.executeTakeFirst())?.ledger === true;
}

/** Whether the record says that the run has ended. One without a record may be another installation's. */
export async function hasEnded(db: Db, runId: string): Promise<boolean> {
  const row = await db.selectFrom('coppice.runs').select('status').where('run_id', '=', runId).executeTakeFirst();
  return row !== undefined && isFinal(row.status);
}

/** By run id or workflow id: commands accept either. */
export async function findRun(db: Db, id: string): Promise<Run | null> {
  const run = await db
    .selectFrom('coppice.runs')
    .selectAll()
    .where((where) => where.or([where('run_id', '=', id), where('workflow_id', '=', id)]))
    .orderBy('asked_at', 'desc')
    .executeTakeFirst();
  return run ?? null;
}

/** The latest runs of all jobs. */
export function latestRuns(db: Db, limit: number): Promise<Run[]> {
  return db.selectFrom('coppice.runs').selectAll().orderBy('no', 'desc').limit(limit).execute();
}

/** Names of runs that have not ended, oldest first, page by page. */
export async function openRunIdentities(
  db: Db,
  page: { readonly after: number; readonly limit: number },
): Promise<(RunIdentity & { readonly no: number })[]> {
  const rows = await db
    .selectFrom('coppice.runs')
    .select(['no', 'run_id', 'workflow_id', 'namespace'])
    .where('status', 'in', ['pending', 'running'])
    .where('no', '>', page.after)
    .orderBy('no')
    .limit(page.limit)
    .execute();
  return rows.map(({ no, run_id: runId, workflow_id: workflowId, namespace }) => ({
    no,
    runId,
    workflowId,
    namespace,
  }));
}

/** Runs that have not ended, oldest first. */
export function openRuns(db: Db): Promise<Run[]> {
  return db
    .selectFrom('coppice.runs')
    .selectAll()
    .where('status', 'in', ['pending', 'running'])
    .orderBy('no')
    .execute();
}

export interface SurveyRecord {
  readonly survey: SurveyJson;
  readonly fingerprint: string;
  readonly approval: Approval | null;
  readonly failed: readonly FailedCollection[];
}

export async function recordSurvey(tx: Tx, runId: string, record: SurveyRecord): Promise<void> {
  await tx
    .updateTable('coppice.runs')
    .set({
      survey: JSON.stringify(record.survey),
      cutoff: new Date(record.survey.cutoff),
      fingerprint: record.fingerprint,
      approval: record.approval === null ? null : JSON.stringify(record.approval),
      failed_collections: JSON.stringify(record.failed),
    })
    .where('run_id', '=', runId)
    .execute();
}

/** Collections that the run leaves out, and why. */
export async function recordFailed(tx: Tx, runId: string, failed: readonly FailedCollection[]): Promise<void> {
  await tx
    .updateTable('coppice.runs')
    .set({ failed_collections: JSON.stringify(failed) })
    .where('run_id', '=', runId)
    .execute();
}

export async function recordApproval(db: Db, heldRunId: string, approval: Approval): Promise<boolean> {
  const result = await db
    .updateTable('coppice.runs')
    .set({ approval: JSON.stringify(approval) })
    .where('run_id', '=', heldRunId)
    .where('status', '=', 'held')
    .where('approval', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export interface RunEnd {
  readonly status: RunStatus;
  readonly holder?: Holder | null;
  readonly error?: ErrorJson | null;
}

/** Closes the record, with totals as they were committed. Returns false when it had been closed already. */
export async function endRun(db: Db, runId: string, end: RunEnd): Promise<boolean> {
  const run = await getRun(db, runId);
  const { totals } = await sumPartitions(db, run.no);
  const result = await db
    .updateTable('coppice.runs')
    .set({
      status: end.status,
      // Of a task they stand already, written with its batches.
      totals: sql<string>`totals || ${JSON.stringify(totals)}::jsonb`,
      holder: end.holder === undefined || end.holder === null ? null : JSON.stringify(end.holder),
      error: end.error === undefined || end.error === null ? null : JSON.stringify(end.error),
      started_at: sql<Date>`coalesce(started_at, now())`,
      finished_at: sql<Date>`now()`,
    })
    .where('run_id', '=', runId)
    .where('status', 'in', ['pending', 'running'])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** A held run is turned down. Returns false when it was not held any more. */
export async function rejectRun(db: Db, runId: string, rejection: Omit<Rejection, 'at'>): Promise<boolean> {
  const result = await db
    .updateTable('coppice.runs')
    .set({
      status: 'rejected',
      rejection: sql<string>`jsonb_build_object('at', to_json(now())) || ${JSON.stringify(rejection)}::jsonb`,
    })
    .where('run_id', '=', runId)
    .where('status', '=', 'held')
    .where('approval', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/**
 * The public shape. Totals and states are counted from what was committed: a run that goes on has no others, and of one
 * that was ended by force a later run may have finished what stood between two transactions. The record's own totals
 * serve where its partitions are gone.
 */
export async function toRunJson(db: Db, run: Run): Promise<RunJson> {
  const notes = notesOf(run.survey);
  return { ...runJsonOf(run, await sumPartitions(db, run.no)), ...(notes.length === 0 ? {} : { notes }) };
}

export function runJsonOf(run: ListedRun, sums: PartitionSums): RunJson {
  const ended = run.finished_at ?? (run.started_at === null ? null : new Date());
  return {
    run_id: run.run_id,
    workflow_id: run.workflow_id,
    job: run.job,
    kind: run.kind,
    status: run.status,
    started_at: run.started_at?.toISOString() ?? null,
    finished_at: run.finished_at?.toISOString() ?? null,
    duration_ms: run.started_at === null || ended === null ? null : ended.getTime() - run.started_at.getTime(),
    parameters: run.parameters,
    totals: {
      ...zeroTotals(run.kind, countsOf(run.job)),
      ...run.totals,
      ...sums.totals,
    },
    partitions: sums.states,
    dead_letters: sums.states.dead ?? 0,
    approval: run.approval,
    ...(run.rejection === null
      ? {}
      : { rejection: { ...run.rejection, at: new Date(run.rejection.at).toISOString() } }),
    undoes: run.undoes,
    holder: run.holder,
    error: errorOf(run),
    failed_collections: run.failed_collections,
    worker: usageOf(run),
  };
}

/** The recommendation of a held run no longer applies once a person has decided. */
function errorOf({ error, status, approval }: ListedRun): ErrorJson | null {
  const decided = status === 'rejected' || (status === 'held' && approval !== null);
  return decided && error !== null ? { ...error, hint: null } : error;
}
