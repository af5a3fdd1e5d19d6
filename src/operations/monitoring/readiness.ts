import { isMigrated } from '../../state/migrate.ts';
import type { Context } from '../context.ts';
import { type Check, check } from './health.ts';

export interface ReadinessJson {
  readonly ready: boolean;
  readonly checks: readonly Pick<Check, 'name' | 'ok'>[];
}

const answerWithinMs = 3_000;

/** Whether requests can be served now: the database answers with current tables, and Temporal answers. */
export async function readiness(context: Context): Promise<ReadinessJson> {
  const checks = await Promise.all([
    check('database', async () => {
      if (!(await inTime(isMigrated(context.parts.db)))) throw new Error('not migrated');
      return 'answers';
    }),
    check('temporal', async () => {
      const client = await inTime(context.client());
      await client.connection.withDeadline(Date.now() + answerWithinMs, () => client.workflowService.getSystemInfo({}));
      return 'answers';
    }),
  ]);
  return { ready: checks.every(({ ok }) => ok), checks: checks.map(({ name, ok }) => ({ name, ok })) };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${answerWithinMs} ms`)), answerWithinMs);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
