import type { ScheduleJson } from '../operations/schedules.ts';
import { table } from './output.ts';

export function describeSchedules(schedules: readonly ScheduleJson[]): string[] {
  return table([
    ['schedule', 'state', 'next', 'last', 'runs', 'skipped', 'missed', 'note'],
    ...schedules.map((one) => [
      one.schedule_id,
      one.paused ? 'paused' : 'running',
      one.next_run?.slice(0, 19) ?? '',
      one.last_run?.slice(0, 19) ?? '',
      String(one.runs),
      String(one.skipped),
      String(one.missed),
      one.note ?? '',
    ]),
  ]);
}
