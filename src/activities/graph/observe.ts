import { createHash } from 'node:crypto';
import type { Db } from '../../database/schema.ts';
import type { CollectRule } from '../../domain/collectors.ts';
import type { StaleItem } from '../../domain/graph-item.ts';
import {
  type GraphGroup,
  itemsOfOthers,
  observeGroups,
  readGroupByKey,
  readGroups,
} from '../../state/graphs/graph-groups.ts';
import { heldItems } from '../../state/graphs/graph-holds.ts';
import { addGraphItems, createGraphItems } from '../../state/graphs/graph-items.ts';
import type { PartitionCount } from '../../stores/ports/document-store.ts';
import type { GroupTally } from '../../stores/ports/graph-data.ts';
import { type GraphStore, itemKey, itemsOf } from '../../stores/ports/graph-store.ts';
import { InvalidInputError } from '../sweep/errors.ts';
import type { SweepTerms } from '../sweep/sweepable.ts';
import { type GroupDuty, ruleFor, ruleOf } from './rule.ts';

/** What was seen of a graph: a few numbers for each group. */
export interface Observed {
  /** In the order of their names. */
  readonly counts: readonly PartitionCount[];
  readonly samples: ReadonlyMap<string, string[]>;
}

/** Groups that one question about stale items names. */
const groupsAtOnce = 1000;
const mostSamples = 5;

/**
 * One pass over the graph: what every group holds, which of them have become stale, and what is due in those. With a
 * run's number it is written down, groups into the registry and items into the run's own table; without, only read.
 */
export async function observeGraph(
  db: Db,
  store: GraphStore,
  duty: GroupDuty,
  terms: SweepTerms,
  runNo: number | null,
  signal: AbortSignal,
): Promise<Observed> {
  const graph = store.mapping.name;
  const rule = ruleOf(duty, terms);
  if (runNo !== null) await createGraphItems(db, runNo, graph);
  const counts: PartitionCount[] = [];
  const samples = new Map<string, string[]>();
  const one = await groupNamed(db, graph, terms);
  for await (const page of one === null ? store.tallies(signal) : tallyOf(store, one, signal)) {
    signal.throwIfAborted();
    const known = await registered(db, graph, page, runNo !== null, terms.respectHolds);
    const wanted = page.filter((tally) => isWanted(duty, terms, known.get(tally.group), tally));
    const seen = new Map(wanted.map((tally) => [tally.group, new GroupCount(tally)]));
    if (rule !== null) {
      for (let at = 0; at < wanted.length; at += groupsAtOnce) {
        const groups = wanted.slice(at, at + groupsAtOnce).map((tally) => tally.group);
        for await (const items of dueItems(db, store, groups, rule, terms.respectHolds, signal)) {
          for (const item of items.held) seen.get(item.group)?.held();
          for (const item of items.due) seen.get(item.group)?.due(item);
          if (runNo !== null) await addGraphItems(db, runNo, graph, items.due);
        }
      }
    }
    for (const tally of page) {
      const count = seen.get(tally.group);
      counts.push(count?.toCount() ?? new GroupCount(tally).toCount(false));
      if (count !== undefined && count.samples.length > 0) samples.set(tally.group, count.samples);
    }
  }
  if (one !== null) return { counts: [...counts, await others(db, graph, one)], samples };
  const unscoped = await store.unscoped(signal);
  counts.sort((a, b) => ((a.partition ?? '') < (b.partition ?? '') ? -1 : 1));
  return { counts: unscoped === 0 ? counts : [...counts, withoutGroup(unscoped)], samples };
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

/** A group that is not known yet, or holds something other than it did, is stale; one that the run is for is wanted anyway. */
function isWanted(
  duty: GroupDuty,
  { parameters }: SweepTerms,
  known: GraphGroup | undefined,
  tally: GroupTally,
): boolean {
  if (typeof parameters.group === 'string') return true;
  const changed = known === undefined || known.tally !== tally.digest;
  if (duty.collects)
    return changed || known.stale_since !== null || wantsRecompute(String(parameters.recompute), known);
  const missing = tally.resultsMissing === true && known?.recomputed_at instanceof Date;
  return parameters.scope === 'all' || changed || known.needs_recompute || missing;
}

function wantsRecompute(recompute: string, { needs_recompute }: GraphGroup): boolean {
  return recompute === 'always' || (recompute === 'needed' && needs_recompute);
}

interface Judged {
  readonly due: readonly StaleItem[];
  readonly held: readonly StaleItem[];
}

/**
 * What is due, without what is on hold. An entity whose edge is held stays with it: in the groups where that is so, only
 * entities without any edge are due.
 */
async function* dueItems(
  db: Db,
  store: GraphStore,
  groups: readonly string[],
  rule: CollectRule,
  respectHolds: boolean,
  signal: AbortSignal,
): AsyncGenerator<Judged> {
  const withHeldEdges = new Set<string>();
  const entities: StaleItem[][] = [];
  for await (const page of store.stale(groups, rule, signal)) {
    const stale = page.filter((one) => one.due);
    const held = respectHolds ? await heldItems(db, store.mapping.name, stale) : new Set<number>();
    const due = stale.filter((_, at) => !held.has(at));
    const kept = stale.filter((_, at) => held.has(at));
    for (const { kind, group } of kept) if (kind === 'relation' || kind === 'mention') withHeldEdges.add(group);
    entities.push(due.filter(({ kind }) => kind === 'entity'));
    yield { due: due.filter(({ kind }) => kind !== 'entity'), held: kept };
  }
  const strict = new Set<string>();
  if (withHeldEdges.size > 0 && rule.collectors.includes('orphan-entities')) {
    for await (const page of store.stale([...withHeldEdges], ruleFor(rule, 'entity'), signal)) {
      for (const one of page) if (one.due) strict.add(JSON.stringify([one.group, one.id]));
    }
  }
  for (const page of entities) {
    const due = page.filter((one) => !withHeldEdges.has(one.group) || strict.has(JSON.stringify([one.group, one.id])));
    if (due.length > 0) yield { due, held: [] };
  }
}

/** One group's numbers, item by item. */
class GroupCount {
  readonly #tally: GroupTally;
  #due = 0;
  #held = 0;
  #oldest: Date | null = null;
  #digest = 0n;
  readonly #reasons = new Map<string, number>();
  readonly samples: string[] = [];

  constructor(tally: GroupTally) {
    this.#tally = tally;
  }

  due(item: StaleItem): void {
    const key = itemKey(item);
    this.#due += 1;
    this.#digest ^= createHash('sha256').update(key).digest().readBigUInt64BE();
    this.#reasons.set(item.reason, (this.#reasons.get(item.reason) ?? 0) + 1);
    if (item.since !== null && (this.#oldest === null || item.since < this.#oldest)) this.#oldest = item.since;
    // A mention is named by two ids at once, which nobody would find who forgets one of them.
    if (this.samples.length < mostSamples && item.kind !== 'mention') this.samples.push(key);
  }

  held(): void {
    this.#held += 1;
  }

  /** `besides`: false for a group that the run does not work on. */
  toCount(besides = true): PartitionCount {
    return {
      partition: this.#tally.group,
      rows: itemsOf(this.#tally),
      due: this.#due,
      reasons: Object.fromEntries(this.#reasons),
      onHold: this.#held,
      unreadable: 0,
      oldest: this.#oldest,
      digest: this.#digest.toString(16),
      besides,
    };
  }
}

const nothing = { due: 0, reasons: {}, onHold: 0, unreadable: 0, oldest: null, digest: '0' };

function withoutGroup(rows: number): PartitionCount {
  return { partition: null, rows, ...nothing };
}

/** The one group that the run is for; `null`: all of them. Of another graph than this: none. */
async function groupNamed(db: Db, graph: string, { parameters }: SweepTerms): Promise<GraphGroup | null> {
  const { group: key } = parameters;
  if (typeof key !== 'string') return null;
  const found = await readGroupByKey(db, key);
  if (found === null) throw new InvalidInputError([`group: there is no group with the key ${key}`]);
  return { ...found, group_id: found.graph === graph ? found.group_id : '' };
}

async function* tallyOf(store: GraphStore, { group_id }: GraphGroup, signal: AbortSignal) {
  if (group_id !== '') yield [await store.tally(group_id, signal)];
}

/** What the run leaves alone, as the registry has it: the brake's shares are of the whole graph. */
async function others(db: Db, graph: string, { key }: GraphGroup): Promise<PartitionCount> {
  return { partition: 'others', rows: await itemsOfOthers(db, graph, key), ...nothing };
}
