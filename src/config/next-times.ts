import type { ScheduleDefinition } from '../jobs/job.ts';
import { nextCronTimes } from './cron.ts';

/** So many starts of a schedule are shown to a person. */
export const shownTimes = 3;

/** The next times at which Temporal starts the schedule, in UTC. Temporal counts intervals from 1970-01-01T00:00:00Z. */
export function nextTimes(
  { cron, every_seconds: everySeconds, once }: ScheduleDefinition,
  after: Date,
  count: number,
): Date[] {
  if (cron !== undefined) return nextCronTimes(cron, after, count);
  if (everySeconds !== undefined) {
    const every = everySeconds * 1000;
    const first = Math.floor(after.getTime() / every) + 1;
    return Array.from({ length: count }, (_, at) => new Date((first + at) * every));
  }
  const at = new Date(once ?? '');
  return at > after ? [at] : [];
}
