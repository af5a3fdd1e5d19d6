import { createHash } from 'node:crypto';
import type { CollectRule } from '../../domain/collectors.ts';
import { type DatedFact, type FactTerms, factExpiredSince, ttlByName } from '../../domain/facts/expiry.ts';
import type { DueWork } from '../../domain/graph-item.ts';
import type { Totals } from '../../domain/run.ts';
import { heldItems } from '../../state/graphs/graph-holds.ts';
import { graphItemsOf, nextGraphItems } from '../../state/graphs/graph-items.ts';
import { imageDigest, wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { SweepTerms, TogetherWork } from '../sweep/sweepable.ts';
import { collectItems } from './collect.ts';
import { finishIntents } from './collect-outside.ts';
import { finishMarks, markBatch, takeMarksOff } from './mark-archived.ts';
import { restoreItemsOf } from './restore.ts';
import type { Found, GraphStrategy, Search } from './strategy.ts';
import type { Collecting } from './totals.ts';

/** Facts that are read whole at once, to remember what they say. */
const factsAtOnce = 500;
const order = ['fact'] as const;

/** `archive-facts`: marks facts past their time to live where the mapping names a property for it, else moves them into the ledger. */
export const archiveFactsStrategy: GraphStrategy = {
  order,
  alone: true,
  reads: 'facts',
  wants: ({ parameters }, tally) =>
    tally.relations > 0 && (parameters.ttl_days !== null || parameters.ttl_days_by_name !== ''),
  rowsOf: ({ relations }) => relations,
  fingerprint: ({ mapping: { merging } }) =>
    createHash('sha256').update(JSON.stringify(merging?.relations)).digest('hex').slice(0, 8),
  find: findExpired,
  apply: archiveBatch,
  recover: async (store, work) => {
    await finishIntents(store, collecting(work.terms, new Map()), work);
    await finishMarks(store, work);
  },
  restore: async (store, work, size) => {
    const restored = await restoreItemsOf(store, work, size);
    return restored === 0 ? takeMarksOff(store, work, size) : restored;
  },
  recomputes: () => false,
  // A group that was stale stays so: its items are for `group-maintenance`.
  conclude: async () => () => ({ clean: false, collected: false }),
};

async function* findExpired({ db, store, groups, terms, signal }: Search): AsyncGenerator<Found> {
  const graph = store.mapping.name;
  if (terms.approvedRunNo != null) {
    const due = await graphItemsOf(db, { runNo: terms.approvedRunNo, graph }, groups);
    yield { due: due.map((item) => ({ ...item, reason: 'approved', since: null })), held: [] };
    return;
  }
  const times = factTerms(terms);
  for (const group of groups) {
    let expired: Expired[] = [];
    for await (const page of store.facts?.dated(group, signal) ?? []) {
      for (const fact of page) {
        const since = factExpiredSince(fact, times);
        if (since !== null) expired.push({ ...fact, since });
      }
      while (expired.length >= factsAtOnce) {
        yield await asSurveyed({ db, store, terms, signal }, group, expired.slice(0, factsAtOnce));
        expired = expired.slice(factsAtOnce);
      }
    }
    if (expired.length > 0) yield await asSurveyed({ db, store, terms, signal }, group, expired);
  }
}

interface Expired extends DatedFact {
  readonly since: Date;
}

/** Facts with a digest of what they say: one that is changed after the survey stays. */
async function asSurveyed(
  { db, store, terms, signal }: Pick<Search, 'db' | 'store' | 'terms' | 'signal'>,
  group: string,
  expired: readonly Expired[],
): Promise<Found> {
  const sinceOf = new Map(expired.map(({ id, since }) => [id, since]));
  const items = expired.map(({ id }) => ({ kind: 'relation' as const, id }));
  const images = await wayOf(store.items, 'relation').fetch(group, items, signal);
  const dated = images.map(({ kind, id, dates }) => ({ group, kind, id, dates }));
  const held = terms.respectHolds ? await heldItems(db, store.mapping.name, dated) : new Set<number>();
  const due = images.map((image): DueWork => {
    const id = JSON.stringify([image.id, imageDigest(image)]);
    return { group, kind: 'fact', id, reason: 'expired', since: sinceOf.get(image.id) ?? null };
  });
  return { due: due.filter((_, at) => !held.has(at)), held: due.filter((_, at) => held.has(at)) };
}

async function archiveBatch(store: GraphStore, work: TogetherWork, size: number | null): Promise<boolean> {
  const at = { runNo: work.runNo, graph: store.mapping.name, order };
  const page = await nextGraphItems(work.db, at, work.partitions, size);
  const digests = new Map<string, string>();
  const batch = page.map(({ id, ...item }) => {
    const [fact, digest]: unknown[] = JSON.parse(id);
    digests.set(String(fact), String(digest));
    return { ...item, kind: 'relation' as const, id: String(fact) };
  });
  const archive = store.facts?.archive ?? null;
  if (archive === null) await collectItems(store, work, batch, collecting(work.terms, digests));
  else await markBatch(store, archive, work, batch, digests);
  return page.length === size;
}

function collecting({ cutoff }: SweepTerms, surveyed: ReadonlyMap<string, string>): Collecting {
  const rule: CollectRule = { cutoff, graceDays: 0, collectors: ['stale-edges'], surveyed };
  const counted = (facts: readonly unknown[]): Totals => (facts.length === 0 ? {} : { archived_facts: facts.length });
  return { rule, counted };
}

function factTerms({ cutoff, parameters }: SweepTerms): FactTerms {
  const { ttl_days: days = null, ttl_days_by_name: byName } = parameters;
  return { cutoff, ttlDays: days === null ? null : Number(days), ttlDaysOf: ttlByName(String(byName ?? '')) };
}
