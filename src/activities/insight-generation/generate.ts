import { findInsights, type PeriodCounts, publishable } from '../../domain/insights/find-insights.ts';
import type { Totals } from '../../domain/run.ts';
import { countPeriods } from '../../state/intelligence/counts.ts';
import { storeInsights } from '../../state/intelligence/insights.ts';
import { publishKnowledge, sharedForms } from '../../state/intelligence/knowledge.ts';
import { underLease } from '../under-lease.ts';
import { groupOrganisation } from './group-organisation.ts';
import type { Generating } from './settings.ts';

const nothing: PeriodCounts = { exposures: [], topics: [], terms: [], repeated: [] };

/** Topics of all users together, what may be said of them, and what changed. */
export async function organisationInsights(generating: Generating): Promise<void> {
  const { deps, run, settings, store } = generating;
  const collection = store.mapping.name;
  const { minimumUsers: leastUsers, period, falseDiscoveryRate } = settings;
  await groupOrganisation(generating);
  const phrases = await sharedForms(deps.db, collection, leastUsers);
  const scope = { collection, scope: 'organisation', users: [], leastUsers, phrases } as const;
  const counts = (await countPeriods(deps.db, scope, period)).get('') ?? nothing;
  const found = findInsights(counts, { leastUsers, falseDiscoveryRate }).map((one) => publishable(one, leastUsers));
  await underLease(deps, run, async (tx) => {
    const stored = await storeInsights(tx, { collection, scope: 'organisation', user: '' }, period, found);
    const published_topics = await publishKnowledge(tx, collection, leastUsers);
    return { did: { published_topics, ...totalsOf(stored) }, result: null };
  });
}

/** A page of users in one transaction. */
export async function userInsights(
  { deps, run, settings, store }: Generating,
  users: readonly string[],
): Promise<void> {
  const collection = store.mapping.name;
  const { period, falseDiscoveryRate } = settings;
  const scope = { collection, scope: 'user', users, leastUsers: 1, phrases: null } as const;
  const counts = await countPeriods(deps.db, scope, period);
  await underLease(deps, run, async (tx) => {
    const totals: Record<string, number> = { users: users.length };
    for (const user of users) {
      const found = findInsights(counts.get(user) ?? nothing, { leastUsers: 1, falseDiscoveryRate });
      if (found.length === 0 && !counts.has(user)) continue;
      const stored = await storeInsights(tx, { collection, scope: 'user', user }, period, found);
      for (const [name, count] of Object.entries(totalsOf(stored))) totals[name] = (totals[name] ?? 0) + count;
    }
    return { did: totals, result: null };
  });
}

function totalsOf({ added, kept }: { readonly added: number; readonly kept: number }): Totals {
  return { new_insights: added, kept_insights: kept };
}
