import { createHash, type Hash } from 'node:crypto';
import type { Tx } from '../../database/schema.ts';
import { type BrakeLimits, collectionExcess, partitionExceeds, partitionExcess } from '../../domain/brake.ts';
import type { SurveyCollectionJson, SurveyJson, SurveyPartitionJson, SurveyUpdatesJson } from '../../domain/run.ts';
import type { UpdateCost } from '../../domain/update-cost.ts';
import { brakeWords, removesRows } from '../../jobs/facts.ts';
import type { Job, Parameters } from '../../jobs/job.ts';
import type { PlannedPartition } from '../../state/runs/run-partitions.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';
import type { Collections, ObservedCollection } from './open-collections.ts';
import type { SurveySource, SweepTerms } from './sweepable.ts';

const mostShown = 100;

export interface SurveyRequest {
  readonly collections: readonly ObservedCollection[];
  readonly terms: SweepTerms;
  readonly brake: BrakeLimits;
  /** The job that is surveyed: what it would do to the rows that are due. */
  readonly job: Job;
  /** Removed within seven days, by collection. */
  readonly recentlyRemoved: ReadonlyMap<string, number>;
  /** Whether the run asked for this partition; all when absent. */
  readonly wanted?: (collection: string, partition: string) => boolean;
  /** Counts these partitions alone, as if there were no other row. */
  readonly only?: (collection: string, partition: string) => boolean;
  /** Receives the partitions that have something due, a page at a time. */
  readonly plan?: (partitions: readonly PlannedPartition[]) => Promise<void>;
  /** Binds the run to what is due in a collection, once its partitions are planned. */
  readonly collect?: (source: SurveySource) => Promise<void>;
}

export interface Survey {
  readonly survey: SurveyJson;
  /** Collections that were counted. */
  readonly collections: readonly ObservedCollection[];
}

/**
 * Counts what a run would do, in one read of each collection. A preview is this and nothing more. The hash covers what
 * would be removed (partition, count, digest of the ids) at which cutoff, by which mapping and parameters: it names what a
 * person approves. A collection that cannot be counted is left out of it.
 */
export async function takeSurvey(tx: Tx, request: SurveyRequest, attempts: Collections): Promise<Survey> {
  const { terms } = request;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([terms.cutoff.toISOString(), canonical(terms.parameters)]));
  const sum = { rows: 0, due: 0, share: 0, unscoped: 0, unreadable: 0, on_hold: 0, partition_count: 0 };
  let state: SurveyState = { hash, sum, collections: [], excess: [], largest: [] };
  const counted: ObservedCollection[] = [];
  for (const one of request.collections) {
    const before = state;
    const after = await attempts.attemptIn(tx, one.collection, () => countCollection(tx, request, one, before));
    if (after === null) continue;
    state = after;
    counted.push(one);
  }
  if (request.collections.length > 0) attempts.requireOne();
  const survey = {
    cutoff: terms.cutoff.toISOString(),
    hash: state.hash.digest('hex'),
    ...state.sum,
    would_delete: removesRows(request.job) ? state.sum.due : 0,
    would_hold: state.excess,
    collections: state.collections,
    partitions: await describe(tx, { ...request, collections: counted }, state.largest),
  };
  return { survey, collections: counted };
}

interface SurveyState {
  readonly hash: Hash;
  readonly sum: Pick<SurveyJson, 'rows' | 'share' | 'unscoped' | 'unreadable' | 'on_hold' | 'partition_count'> & {
    readonly due: number;
  };
  readonly collections: readonly SurveyCollectionJson[];
  readonly excess: readonly string[];
  readonly largest: readonly Shown[];
}

/** The survey so far with one collection more; nothing of it is kept where that fails. */
async function countCollection(
  tx: Tx,
  request: SurveyRequest,
  { collection, open, source }: ObservedCollection,
  before: SurveyState,
): Promise<SurveyState> {
  const hash = before.hash.copy();
  const sum = { ...before.sum };
  const largest = [...before.largest];
  hash.update(JSON.stringify([collection, open.fingerprint]));
  let [rows, shareRows, due, braked, exceeding, unscoped, unreadable] = [0, 0, 0, 0, 0, 0, 0];
  let ofTable = false;
  for await (const page of source.count(tx)) {
    const planned: PlannedPartition[] = [];
    for (const count of page) {
      const { partition } = count;
      if (request.only !== undefined && (partition === null || !request.only(collection, partition))) continue;
      unreadable += count.unreadable;
      if (partition === null) {
        unscoped += count.rows;
        continue;
      }
      // Rows are counted before what is due among them is found, and an application writes meanwhile.
      const standing = Math.max(count.rows, count.due);
      const base = Math.max(count.tableRows ?? standing, count.due);
      ofTable ||= count.tableRows !== undefined;
      rows += standing;
      shareRows += base;
      sum.on_hold += count.onHold;
      if ((count.due === 0 && count.besides !== true) || request.wanted?.(collection, partition) === false) continue;
      due += count.due;
      const { braked: counted = count.due } = count;
      braked += counted;
      sum.partition_count += 1;
      if (count.due > 0) hash.update(JSON.stringify([partition, count.due, count.digest]));
      planned.push({ no: sum.partition_count, collection, partition, rows: standing, due: count.due });
      if (partitionExceeds({ rows: base, due: counted }, request.brake)) exceeding += 1;
      if (count.due > 0) show(largest, { ...count, rows: standing, partition, collection });
    }
    await request.plan?.(planned);
  }
  await request.collect?.(source);
  sum.rows += rows;
  sum.due += due;
  sum.unscoped += unscoped;
  sum.unreadable += unreadable;
  const share = shareRows === 0 ? 0 : due / shareRows;
  sum.share = Math.max(sum.share, share);
  const words = brakeWords(request.job);
  const removedInSevenDays = request.recentlyRemoved.get(collection) ?? 0;
  const excess = [
    ...before.excess,
    ...collectionExcess(
      { collection, rows: shareRows, ofTable, due: braked, removedInSevenDays },
      request.brake,
      words,
    ),
    ...partitionExcess(collection, exceeding, request.brake, words),
  ];
  const { notes = [] } = source;
  const described: SurveyCollectionJson = {
    ...{ collection, rows, due, share, share_of: ofTable ? 'table' : 'collection', share_rows: shareRows },
    unscoped,
    unreadable,
    partition_count: sum.partition_count - before.sum.partition_count,
    ...(notes.length === 0 ? {} : { notes }),
    ...(source.updates === undefined ? {} : { updates: toUpdatesJson(source.updates) }),
    // Of a part of the partitions they are not counted.
    ...(source.children === undefined || request.only !== undefined || request.wanted !== undefined
      ? {}
      : { children: await source.children(tx) }),
  };
  return { hash, sum, collections: [...before.collections, described], excess, largest };
}

function toUpdatesJson({ column, hot, indexes }: UpdateCost): SurveyUpdatesJson {
  return { column, hot, indexes };
}

type Shown = PartitionCount & { readonly collection: string; readonly partition: string };

/** Keeps the hundred with most to delete. */
function show(largest: Shown[], one: Shown): void {
  largest.push(one);
  if (largest.length < mostShown * 2) return;
  largest.sort(byDue);
  largest.length = mostShown;
}

function byDue(a: Shown, b: Shown): number {
  return b.due - a.due;
}

async function describe(tx: Tx, request: SurveyRequest, largest: readonly Shown[]): Promise<SurveyPartitionJson[]> {
  const shown = largest.toSorted(byDue).slice(0, mostShown);
  const samples = new Map<string, Map<string, string[]>>();
  for (const { collection, source } of request.collections) {
    const partitions = shown.filter((one) => one.collection === collection).map((one) => one.partition);
    samples.set(collection, await source.samples(tx, partitions));
  }
  return shown.map((one) => ({
    collection: one.collection,
    partition: one.partition,
    rows: one.rows,
    due: one.due,
    would_delete: removesRows(request.job) ? one.due : 0,
    reasons: one.reasons,
    oldest: one.oldest?.toISOString() ?? null,
    sample_ids: samples.get(one.collection)?.get(one.partition) ?? [],
  }));
}

/** The same parameters give the same text, whatever order they were given in. `batch_size` changes nothing of what goes. */
function canonical(parameters: Parameters): [string, unknown][] {
  return Object.entries(parameters)
    .filter(([name]) => name !== 'batch_size')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
