import type { Client, ScheduleDescription } from '@temporalio/client';
import type { Facts, ScheduleFact } from '../../domain/alerts.ts';
import type { ScheduleNote, ScheduleNotes } from '../../state/monitoring/watched.ts';

type Seen = Pick<ScheduleDescription, 'scheduleId' | 'memo' | 'info' | 'state'>;

export interface ScheduleFacts {
  readonly running: readonly ScheduleFact[];
  readonly paused: NonNullable<Facts['pausedSchedules']>;
  /** For the next check. */
  readonly notes: ScheduleNotes;
}

/** How punctual the schedules are, and since when those that are paused are. */
export async function scheduleFacts(
  client: Client,
  ids: AsyncIterable<string>,
  lastSuccess: ReadonlyMap<string, Date>,
  before: ScheduleNotes,
  now: Date,
): Promise<ScheduleFacts> {
  const running: ScheduleFact[] = [];
  const paused = [];
  const notes: Record<string, ScheduleNote> = {};
  for await (const id of ids) {
    const seen = await client.schedule.getHandle(id).describe();
    const note = noteOf(seen, before[id], now);
    notes[id] = note;
    if (note.paused_since === null) running.push(factOf(seen, note, lastSuccess, now));
    else paused.push({ id, job: note.job, since: new Date(note.paused_since) });
  }
  return { running, paused, notes };
}

/**
 * Temporal tells neither since when a schedule is paused nor how many starts it has skipped in a row: both are noted from
 * check to check. A schedule that was paused before the first check counts from its last sign of life.
 */
export function noteOf({ memo, info, state }: Seen, before: ScheduleNote | undefined, now: Date): ScheduleNote {
  const passedOver = info.numActionsSkippedOverlap + info.numActionsMissedCatchupWindow;
  const again = before !== undefined && before.taken === info.numActionsTaken;
  const passedOverBefore = again ? before.passed_over_before : passedOver;
  return {
    job: jobOf(memo),
    paused_since: state.paused ? (before === undefined ? lastSign(info) : (before.paused_since ?? text(now))) : null,
    taken: info.numActionsTaken,
    passed_over_before: passedOverBefore,
    skipped_starts: passedOver - passedOverBefore,
  };
}

function lastSign({ createdAt, lastUpdatedAt, recentActions }: Seen['info']): string {
  const signs = [createdAt, lastUpdatedAt, recentActions.at(-1)?.takenAt].flatMap((one) => one?.getTime() ?? []);
  return text(new Date(Math.max(...signs)));
}

function text(at: Date): string {
  return at.toISOString();
}

function factOf(
  { scheduleId, info }: Seen,
  { job, skipped_starts: skippedStarts }: ScheduleNote,
  lastSuccess: ReadonlyMap<string, Date>,
  now: Date,
): ScheduleFact {
  const [next, nextButOne] = info.nextActionTimes;
  const since = [info.createdAt, info.lastUpdatedAt, lastSuccess.get(job)].flatMap((one) => one?.getTime() ?? []);
  return {
    id: scheduleId,
    job,
    intervalMs: next === undefined || nextButOne === undefined ? null : nextButOne.getTime() - next.getTime(),
    lastGood: new Date(Math.max(...since)),
    lateMs: lateMs(info, now),
    skippedStarts,
  };
}

/** How late the last start of a schedule was, or the next one is by now. */
export function lateMs({ nextActionTimes: [next], recentActions }: Seen['info'], now: Date): number {
  const last = recentActions.at(-1);
  const late = [
    last === undefined ? 0 : last.takenAt.getTime() - last.scheduledAt.getTime(),
    next === undefined ? 0 : now.getTime() - next.getTime(),
  ];
  return Math.max(0, ...late);
}

function jobOf(memo: Seen['memo']): string {
  return String(memo?.coppice_job ?? '');
}
