import type { ScheduleJson } from '../operations/runs/schedules.ts';
import { table } from './output.ts';

/** A line a schedule, and one more for each later start: they fit a terminal only below one another. */
export function describeSchedules(schedules: readonly ScheduleJson[]): string[] {
  return table([
    ['schedule', 'state', 'next', 'last', 'runs', 'skipped', 'missed', 'note'],
    ...schedules.flatMap(({ next_runs: [next, ...later], ...one }) => [
      [
        one.schedule_id,
        one.paused ? 'paused' : 'running',
        next?.slice(0, 19) ?? '',
        one.last_run?.slice(0, 19) ?? '',
        String(one.runs),
        String(one.skipped),
        String(one.missed),
        one.note ?? '',
      ],
      ...later.map((at) => ['', '', at.slice(0, 19)]),
    ]),
  ]);
}
