import type { Client, ScheduleDescription } from '@temporalio/client';
import type { ScheduleFact } from '../../domain/alerts.ts';

/** Those of the schedules that are running, with how punctual they are. */
export async function scheduleFacts(
  client: Client,
  ids: AsyncIterable<string>,
  lastSuccess: ReadonlyMap<string, Date>,
  now: Date,
): Promise<ScheduleFact[]> {
  const facts: ScheduleFact[] = [];
  for await (const id of ids) {
    const description = await client.schedule.getHandle(id).describe();
    if (!description.state.paused) facts.push(factOf(description, lastSuccess, now));
  }
  return facts;
}

export function factOf(
  { scheduleId, memo, info }: Pick<ScheduleDescription, 'scheduleId' | 'memo' | 'info'>,
  lastSuccess: ReadonlyMap<string, Date>,
  now: Date,
): ScheduleFact {
  const job = String(memo?.coppice_job ?? '');
  const [next, nextButOne] = info.nextActionTimes;
  const last = info.recentActions.at(-1);
  const since = [info.createdAt, info.lastUpdatedAt, lastSuccess.get(job)].flatMap((one) => one?.getTime() ?? []);
  const late = [
    last === undefined ? 0 : last.takenAt.getTime() - last.scheduledAt.getTime(),
    next === undefined ? 0 : now.getTime() - next.getTime(),
  ];
  return {
    id: scheduleId,
    job,
    intervalMs: next === undefined || nextButOne === undefined ? null : nextButOne.getTime() - next.getTime(),
    lastGood: new Date(Math.max(...since)),
    lateMs: Math.max(0, ...late),
  };
}
