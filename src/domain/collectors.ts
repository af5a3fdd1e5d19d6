/** Rules for the items of a group that are collected. The stores carry out the same rules in their own language. */

/** In the order in which they work: an entity whose last stale edge has gone can go in the same run. */
export const collectors = ['stale-edges', 'orphan-entities', 'deprecated-vectors'] as const;
export type Collector = (typeof collectors)[number];

/** Mentions and relations are edges. */
export type GraphItemKind = 'mention' | 'relation' | 'entity' | 'vector';

export const collectorOf: Readonly<Record<GraphItemKind, Collector>> = {
  mention: 'stale-edges',
  relation: 'stale-edges',
  entity: 'orphan-entities',
  vector: 'deprecated-vectors',
};

export interface CollectRule {
  /** The run's fixed point in time. */
  readonly cutoff: Date;
  /** How long what is stale is kept; counted from when it became so. */
  readonly graceDays: number;
  readonly collectors: readonly Collector[];
  /** Digests of the content of items, by id: these are removed if they are as surveyed, whatever collectors find. */
  readonly surveyed?: ReadonlyMap<string, string>;
}

export type StaleReason = 'deprecated' | 'document_gone' | 'document_deprecated' | 'end_gone' | 'orphaned';

/** Stale since then. `null` since: no date is written from which a grace period could count. */
export interface Stale {
  readonly reason: StaleReason;
  readonly since: Date | null;
}

export interface Dated {
  readonly createdAt: Date | null;
  readonly deprecatedAt: Date | null;
}

/** A document that is spoken of: `null` when there is none of that id in the group. */
export type Spoken = Dated | null;

export interface EdgeFacts extends Dated {
  /** Whether both ends stand in the group. */
  readonly endsStand: boolean;
  /** The documents that it comes from; empty: none is known. A mention has one. */
  readonly documents: readonly Spoken[];
}

/**
 * An edge is stale when it is deprecated, when an end is gone, or when every document that it comes from is gone or
 * deprecated: what another document still says stays.
 */
export function staleEdge(edge: EdgeFacts, cutoff: Date): Stale | null {
  return (
    own(edge, cutoff) ?? (edge.endsStand ? null : gone('end_gone', edge)) ?? byDocuments(edge, edge.documents, cutoff)
  );
}

/** An entity is orphaned when no mention and no edge of it is left; `edges` are those that stand, stale or not. */
export function orphanEntity(entity: Dated, edges: readonly EdgeFacts[], rule: CollectRule): Stale | null {
  if (edges.length === 0) return { reason: 'orphaned', since: entity.createdAt };
  if (!rule.collectors.includes('stale-edges')) return null;
  const sinces = edges.map((edge) => staleEdge(edge, rule.cutoff));
  if (!sinces.every((stale) => stale !== null && isDue(stale, rule))) return null;
  return { reason: 'orphaned', since: latest([entity.createdAt, ...sinces.map((stale) => stale?.since ?? null)]) };
}

export interface VectorFacts extends Dated {
  /** `undefined`: it belongs to no document. */
  readonly document?: Spoken;
  /** Whether its entity stands; `undefined`: it belongs to none. */
  readonly entityStands?: boolean;
}

export function staleVector(vector: VectorFacts, cutoff: Date): Stale | null {
  const document = vector.document === undefined ? null : byDocuments(vector, [vector.document], cutoff);
  return own(vector, cutoff) ?? (vector.entityStands === false ? gone('end_gone', vector) : null) ?? document;
}

/** Whether its grace is over. An item without a date has no grace period. */
export function isDue(stale: Stale, rule: CollectRule): boolean {
  return stale.since === null || stale.since.getTime() <= graceLimit(rule).getTime();
}

const millisecondsPerDay = 86_400_000;

/** Items that have been stale since this instant, or longer, are due. */
export function graceLimit({ cutoff, graceDays }: Pick<CollectRule, 'cutoff' | 'graceDays'>): Date {
  return new Date(cutoff.getTime() - graceDays * millisecondsPerDay);
}

function own({ deprecatedAt }: Dated, cutoff: Date): Stale | null {
  return isPast(deprecatedAt, cutoff) ? { reason: 'deprecated', since: deprecatedAt } : null;
}

function gone(reason: StaleReason, { createdAt }: Dated): Stale {
  return { reason, since: createdAt };
}

function byDocuments(item: Dated, documents: readonly Spoken[], cutoff: Date): Stale | null {
  if (documents.length === 0) return null;
  if (!documents.every((one) => one === null || isPast(one.deprecatedAt, cutoff))) return null;
  const deprecated = documents.flatMap((one) => (one === null ? [] : [one.deprecatedAt]));
  if (deprecated.length === 0) return gone('document_gone', item);
  return { reason: 'document_deprecated', since: latest(deprecated) };
}

function isPast(date: Date | null, cutoff: Date): boolean {
  return date !== null && date.getTime() <= cutoff.getTime();
}

/** `null` where none is known. */
export function latest(dates: readonly (Date | null)[]): Date | null {
  const known = dates.flatMap((date) => (date === null ? [] : [date.getTime()]));
  return known.length === 0 ? null : new Date(Math.max(...known));
}

/** `all`, or names with commas between them. Throws for a name that there is not. */
export function toCollectors(text: string): readonly Collector[] {
  if (text === 'all') return collectors;
  const named = text.split(',').map((one) => one.trim());
  const unknown = named.filter((one) => !collectors.some((known) => known === one));
  if (unknown.length > 0) throw new UnknownCollectorError(unknown[0] ?? '');
  return collectors.filter((one) => named.includes(one));
}

class UnknownCollectorError extends Error {
  override readonly name = 'UnknownCollectorError';
  constructor(name: string) {
    super(`there is no collector '${name}': they are ${collectors.join(', ')}`);
  }
}
