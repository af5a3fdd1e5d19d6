import type { Db } from '../../database/schema.ts';
import type { SuspectPreview } from '../../domain/facts/suspect-preview.ts';
import type { MergeEstimate, MergePreview } from '../../domain/merging/merge-state.ts';
import {
  type GraphGroup,
  itemsOfOthers,
  observeGroups,
  readGroupByKey,
  readGroups,
} from '../../state/graphs/graph-groups.ts';
import { addGraphItems, createGraphItems } from '../../state/graphs/graph-items.ts';
import { type GroupTally, itemsOf, tallyOf } from '../../stores/ports/graph-census.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import type { PartitionCount } from '../../stores/ports/row-survey.ts';
import { InvalidInputError } from '../sweep/errors.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';
import { GroupCount, leftAlone, otherGroups, withoutGroup } from './group-count.ts';
import type { GraphStrategy } from './strategy.ts';
import type { GraphTools } from './tools.ts';

/** Observation of a graph: a few numbers for each group. */
export interface Observed {
  /** In the order of their names. */
  readonly counts: readonly PartitionCount[];
  readonly samples: ReadonlyMap<string, string[]>;
  readonly notes: readonly string[];
  readonly pairs: readonly MergePreview[];
  readonly facts: readonly SuspectPreview[];
  readonly estimates: readonly MergeEstimate[];
}

/** Groups whose registry rows and items are held at once. */
const groupsAtOnce = 1000;
/** A preview shows no more pairs and facts than that. */
const mostShown = 1_000;

/**
 * One pass over the graph: what every group holds, which groups the job wants, and which items of those are due. With a
 * run's number it is written down, groups into the registry and items into the run's own table; without, only read.
 */
export async function observeGraph(
  db: Db,
  store: GraphStore,
  strategy: GraphStrategy,
  tools: GraphTools,
  terms: SweepTerms,
  runNo: number | null,
  signal: AbortSignal,
): Promise<Observed> {
  const graph = store.mapping.name;
  if (runNo !== null) await createGraphItems(db, runNo, graph);
  const counts: PartitionCount[] = [];
  const samples = new Map<string, string[]>();
  const [notes, pairs, facts]: [string[], MergePreview[], SuspectPreview[]] = [[], [], []];
  const estimates: MergeEstimate[] = [];
  const rowsOf = (tally: GroupTally) => strategy.rowsOf?.(tally) ?? itemsOf(tally);
  const one = await groupNamed(db, graph, terms);
  const pages = one === null ? store.census.tallies(signal) : talliesOfOne(store, one, signal);
  for await (const page of someAtOnce(pages)) {
    signal.throwIfAborted();
    const known = await registered(db, graph, page, runNo !== null, terms.respectHolds);
    const wanted = page.filter((tally) => one !== null || strategy.wants(terms, tally, known.get(tally.group)));
    const seen = new Map(wanted.map((tally) => [tally.group, new GroupCount(tally, rowsOf(tally))]));
    const search = { db, store, groups: [...seen.keys()], terms, signal, tools, runNo };
    for await (const items of seen.size === 0 ? [] : strategy.find(search)) {
      for (const item of items.held) seen.get(item.group)?.held();
      for (const item of items.due) seen.get(item.group)?.due(item);
      if (items.note !== undefined) notes.push(items.note);
      pairs.push(...(items.pairs ?? []).slice(0, mostShown - pairs.length));
      estimates.push(...(items.estimates ?? []).slice(0, mostShown - estimates.length));
      facts.push(...(items.facts ?? []).slice(0, mostShown - facts.length));
      if (runNo !== null) await addGraphItems(db, runNo, graph, items.due);
    }
    await countAnew(store, seen, rowsOf, signal);
    for (const tally of page) {
      const count = seen.get(tally.group);
      counts.push(count?.toCount(strategy.alone !== true) ?? leftAlone(tally, rowsOf(tally)));
      if (count !== undefined && count.samples.length > 0) samples.set(tally.group, count.samples);
    }
  }
  if (one !== null) {
    // The registry counts items of every kind: where only some are braked, the share is of the group alone.
    const others = otherGroups(strategy.rowsOf === undefined ? await itemsOfOthers(db, graph, one.key) : 0);
    return { counts: [...counts, others], samples, notes, pairs, facts, estimates };
  }
  const unscoped = await store.census.unscoped(signal);
  counts.sort((a, b) => ((a.partition ?? '') < (b.partition ?? '') ? -1 : 1));
  return {
    counts: unscoped === 0 ? counts : [...counts, withoutGroup(unscoped)],
    samples,
    notes,
    pairs,
    facts,
    estimates,
  };
}

/** A group of which more is due than it had rows was written to between the count and the search: its count is too old for a share. */
async function countAnew(
  { census }: GraphStore,
  seen: ReadonlyMap<string, GroupCount>,
  rowsOf: (tally: GroupTally) => number,
  signal: AbortSignal,
): Promise<void> {
  const grown = [...seen].flatMap(([group, count]) => (count.exceedsRows ? [group] : []));
  if (grown.length === 0) return;
  for (const [group, tally] of await census.talliesOf(grown, signal)) seen.get(group)?.recounted(rowsOf(tally));
}

/** A page of tallies is a scan of the whole store, and so as large as can be. */
async function* someAtOnce(pages: AsyncIterable<readonly GroupTally[]>): AsyncGenerator<readonly GroupTally[]> {
  for await (const page of pages) {
    for (let at = 0; at < page.length; at += groupsAtOnce) yield page.slice(at, at + groupsAtOnce);
  }
}

async function registered(
  db: Db,
  graph: string,
  page: readonly GroupTally[],
  write: boolean,
  readable: boolean,
): Promise<ReadonlyMap<string, GraphGroup>> {
  const observed = page.map((tally) => ({ group: tally.group, tally: tally.digest, items: itemsOf(tally) }));
  const names = page.map(({ group }) => group);
  const rows = write ? await observeGroups(db, graph, observed) : readable ? await readGroups(db, graph, names) : [];
  return new Map(rows.map((row) => [row.group_id, row]));
}

/** The one group that the run is for; `null`: all of them. Of another graph than this: none. */
async function groupNamed(db: Db, graph: string, { partition: key = null }: SweepTerms): Promise<GraphGroup | null> {
  if (key === null) return null;
  const found = await readGroupByKey(db, key);
  if (found === null) throw new InvalidInputError([`group: there is no group with the key ${key}`]);
  return { ...found, group_id: found.graph === graph ? found.group_id : '' };
}

async function* talliesOfOne({ census }: GraphStore, { group_id }: GraphGroup, signal: AbortSignal) {
  if (group_id !== '') yield [await tallyOf(census, group_id, signal)];
}
