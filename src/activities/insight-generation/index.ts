import { Context } from '@temporalio/activity';
import { databaseNow } from '../../database/clock.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import { requireResultTables } from '../../state/intelligence/check-tables.ts';
import { usersAfter } from '../../state/intelligence/users.ts';
import { controlFailure } from '../sweep/failures.ts';
import { withHeartbeat } from '../sweep/heartbeat.ts';
import type { RunContext } from '../sweep/types.ts';
import type { TaskDeps } from '../task-deps.ts';
import { organisationInsights, userInsights } from './generate.ts';
import { type InsightDeps, settingsOf } from './settings.ts';

export interface GenerateInput {
  readonly run: RunContext;
  /** Where the slice before ended: the name of a collection and the digest of a user, never a user's name. */
  readonly after: string | null;
}

export interface GenerateSlice {
  readonly remaining: boolean;
  readonly after: string | null;
}

export function createInsightActivities(deps: TaskDeps) {
  return {
    generateInsights: async (input: GenerateInput): Promise<GenerateSlice> => {
      try {
        return await withHeartbeat(() => deps.meter.during(input.run, () => generate(deps, input)));
      } catch (error) {
        throw controlFailure(error, Context.current().info.attempt);
      }
    },
  };
}

export type InsightActivities = ReturnType<typeof createInsightActivities>;

/** For the length of a slice. A page of users is a transaction that can be repeated. */
async function generate(deps: TaskDeps, { run, after }: GenerateInput): Promise<GenerateSlice> {
  const { cancellationSignal: signal } = Context.current();
  const endsAt = performance.now() + run.timings.sliceMs;
  for await (const reached of insightsOf(deps, run, after, signal)) {
    signal.throwIfAborted();
    if (performance.now() > endsAt || deps.stopping.aborted) return { remaining: true, after: reached };
  }
  return { remaining: false, after: null };
}

const usersAtOnce = 100;

/**
 * Collection by collection: the organisation first, then its users in the order of their digests.
 *
 * @public
 */
export async function* insightsOf(
  deps: InsightDeps,
  run: RunContext,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const names = deps.collections.map(({ store }) => store).filter(({ mapping }) => kindOf(mapping) === 'queries');
  if (names.length === 0 || !(await requireResultTables(deps.db))) return;
  const settings = settingsOf(run.parameters, await databaseNow(deps.db));
  const [from = '', digest = ''] = after?.split(' ') ?? [];
  for (const store of names.sort((a, b) => (a.mapping.name < b.mapping.name ? -1 : 1))) {
    const { name } = store.mapping;
    if (name < from) continue;
    if (name !== from) {
      await organisationInsights({ deps, run, settings, store, signal });
      yield `${name} `;
    }
    for (let last = name === from ? digest : ''; ; ) {
      const page = await usersAfter(deps.db, name, last, usersAtOnce);
      if (page.length > 0)
        await userInsights(
          { deps, run, settings, store, signal },
          page.map(({ user }) => user),
        );
      if (page.length < usersAtOnce) break;
      last = page.at(-1)?.digest ?? '';
      yield `${name} ${last}`;
    }
  }
}
