import { isLimited } from '../../domain/access.ts';
import type { Finding, RunJson, RunStatus } from '../../domain/run.ts';
import { catalogue } from '../../jobs/index.ts';
import { type LeftAlone, leftAlone } from '../../state/ledger/sources.ts';
import { type DeadLetter, listDeadLetters } from '../../state/runs/dead-letters.ts';
import { openUndoOf, pageOfRuns, sumsOfRuns } from '../../state/runs/run-pages.ts';
import { findingsOf, refusedIds } from '../../state/runs/run-partitions.ts';
import { getRun, type ListedRun, type Run, runJsonOf } from '../../state/runs/runs.ts';
import { seenByJob } from '../access/visible.ts';
import { type DatabaseContext, installationOf, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { closeEndedRuns, closeShownRun } from './close-ended.ts';
import { waitingFor } from './waiting-for.ts';

export interface RunDetailJson extends RunJson {
  readonly requested_by: string | null;
  /** Why that person asked for the run. */
  readonly reason: string | null;
  readonly asked_at: string;
  /** Documents that an undo left alone because they exist again, the first hundred. */
  readonly superseded: readonly { readonly collection: string; readonly id: string }[];
  /** The first hundred findings: rows that the run left out or could not handle exactly, with the reason. */
  readonly findings: readonly (Finding & { readonly collection: string })[];
  /** Documents that a refresh left as they were, and why, the first hundred; until a later run looks at them again. */
  readonly left_alone: readonly LeftAlone[];
  readonly dead_letter_ids: readonly string[];
  /** The open run that puts this one back; `null`: none is open. */
  readonly open_undo: string | null;
  /** Reason why an open run waits; `null`: it works, or the reason is unknown. */
  readonly waiting_for: string | null;
}

export interface RunPageJson {
  readonly runs: readonly RunJson[];
  /** Asks for the page after this one; `null`: there is none. */
  readonly next_cursor: string | null;
}

export interface RunPageFilter {
  readonly job: string | null;
  readonly status: RunStatus | null;
  /** Only runs that were asked for at this time or later. */
  readonly since: Date | null;
  readonly limit: number;
  readonly cursor: string | null;
}

const routineJobs = catalogue.filter((job) => job.routine === true).map((job) => job.id);

/** The latest runs first. A job that runs every few minutes shows only what went wrong, unless it is asked for by name. */
export async function listRuns(context: DatabaseContext, filter: Omit<RunPageFilter, 'cursor'>): Promise<RunJson[]> {
  const { runs } = await listRunPage(context, { ...filter, cursor: null });
  return [...runs];
}

/** The same page by page: a cursor names the last run of the page before. Of a status that is asked for, all are shown. */
export function listRunPage(context: DatabaseContext, { status, ...filter }: RunPageFilter): Promise<RunPageJson> {
  return readPage(context, { ...filter, statuses: status === null ? null : [status] });
}

type PageFilter = Omit<RunPageFilter, 'status'> & { readonly statuses: readonly RunStatus[] | null };

async function readPage(context: DatabaseContext, filter: PageFilter): Promise<RunPageJson> {
  await installationOf(context);
  // A server closes ended runs in the background: the cost of a list does not grow with the runs that are open.
  if (context.server === undefined) await closeEndedRuns(context);
  const { db } = context.parts;
  const { job, statuses, since, limit } = filter;
  const seen = seenByJob(context);
  const before = filter.cursor === null ? null : numberOf(filter.cursor);
  const routine = job === null && statuses === null ? routineJobs : [];
  const { requestedBy } = context;
  const found = await pageOfRuns(db, { job, statuses, since, routine, before, limit: limit + 1, seen, requestedBy });
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { runs: await toRuns(context, page), next_cursor: last === undefined ? null : cursorOf(last.no) };
}

const mostOpenRuns = 1000;

/** Runs that have not ended, the latest first; a thousand at most. One question, since a run may begin between two. */
export async function listOpenRuns(context: DatabaseContext): Promise<RunJson[]> {
  const statuses = ['pending', 'running'] as const;
  return [...(await readPage(context, { job: null, statuses, since: null, limit: mostOpenRuns, cursor: null })).runs];
}

/** One run with its survey, by run id or workflow id. */
export async function showRun(context: DatabaseContext, id: string): Promise<RunDetailJson> {
  const { db } = context.parts;
  const asked = await runOf(context, id);
  await closeShownRun(context, asked);
  const run = await getRun(db, asked.run_id);
  const letters = await listDeadLetters(db, run.job, seenByJob(context));
  const limited = isLimited(context.view);
  return {
    ...(await toRun(context, run)),
    requested_by: limited ? null : run.requested_by,
    reason: limited ? null : run.reason,
    asked_at: run.asked_at.toISOString(),
    superseded: await refusedIds(db, run.no, seenByJob(context)),
    findings: await findingsOf(db, run.no, seenByJob(context)),
    // Named by row, not by partition.
    left_alone: limited ? [] : await leftAlone(db, run.no),
    dead_letter_ids: letters.filter((letter: DeadLetter) => letter.run_id === run.run_id).map((letter) => letter.id),
    open_undo: limited ? null : await openUndoOf(db, run),
    waiting_for: limited ? null : await waitingFor(context, run),
    ...(run.survey === null || limited ? {} : { survey: run.survey }),
  };
}

/** The public shape, of what the one who asks may see. */
export async function toRun(context: DatabaseContext, run: Run): Promise<RunJson> {
  const [json] = await toRuns(context, [run]);
  if (json === undefined) throw new Error('a run has one shape');
  return json;
}

async function toRuns(context: DatabaseContext, runs: readonly ListedRun[]): Promise<RunJson[]> {
  const sums = await sumsOfRuns(context.parts.db, runs, seenByJob(context));
  const limited = isLimited(context.view);
  return runs.map((run) => {
    const own = sums.get(run.no) ?? { totals: {}, states: {} };
    return limited ? withoutOthers(runJsonOf({ ...run, totals: {} }, own)) : runJsonOf(run, own);
  });
}

/** Messages, approvals and holders tell of more than the partitions that may be seen. */
function withoutOthers({ rejection: _, ...run }: RunJson): RunJson {
  const error =
    run.error === null ? null : { name: run.error.name, message: 'not shown to a limited token', hint: null };
  return { ...run, approval: null, holder: null, error, failed_collections: [] };
}

/** Form of a cursor. */
export const cursorForm = /^r[0-9]{1,15}$/;

function cursorOf(no: number): string {
  return `r${no}`;
}

function numberOf(cursor: string): number {
  if (cursorForm.test(cursor)) return Number(cursor.slice(1));
  const hint = 'Take next_cursor from the page before as it is.';
  throw new OperationError('usage', 'InvalidCursorError', 'this is no cursor of a list of runs', hint);
}
