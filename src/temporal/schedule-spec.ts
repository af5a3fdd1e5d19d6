import type { ScheduleSpec } from '@temporalio/client';
import type { ScheduleDefinition } from '../jobs/job.ts';

const months = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

/** A schedule of the catalogue as Temporal's specification, in UTC, where no hour is skipped or comes twice. */
export function scheduleSpec(definition: ScheduleDefinition): ScheduleSpec {
  const { cron, every_seconds: everySeconds, once } = definition;
  if (cron !== undefined) return { cronExpressions: [cron], timezone: 'UTC' };
  if (everySeconds !== undefined) return { intervals: [{ every: everySeconds * 1000 }] };
  return { calendars: [onceCalendar(new Date(once ?? ''))], timezone: 'UTC' };
}

function onceCalendar(at: Date) {
  return {
    year: at.getUTCFullYear(),
    month: months[at.getUTCMonth()] ?? 'JANUARY',
    dayOfMonth: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
}
