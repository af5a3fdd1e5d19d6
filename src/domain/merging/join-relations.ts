import { normalise } from '../duplicates/text/normalise.ts';
import type { ValueChange } from './merge-record.ts';
import { isSame, unionOf, type Values } from './unite.ts';

/** A relation as it will be once the ends are merged. */
export interface JoinedRelation {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly values: Values;
  /** In milliseconds; `null`: not known. */
  readonly createdAt: number | null;
  /** Whether it was an edge of the loser: only such an edge gives way. */
  readonly ofLoser: boolean;
}

export interface JoinFields {
  readonly text: string | null;
  /** Lists that are united: where a relation comes from. */
  readonly documents: string | null;
  /** Fields that do not tell two relations apart: id, ends, date of writing, vector. */
  readonly ignored: ReadonlySet<string>;
}

export interface Joined {
  /** Ids of relations that give way, each with the one that stays. */
  readonly dropped: ReadonlyMap<string, string>;
  readonly changes: ReadonlyMap<string, readonly ValueChange[]>;
}

/**
 * Parallel relations that say the same become one: same ends, and every field agrees but those that are ignored, the text up to
 * its normalised form. A list of documents is united; documents that are no list have to agree. The oldest stays, but an
 * edge that the survivor had never gives way.
 */
export function joinRelations(relations: readonly JoinedRelation[], fields: JoinFields): Joined {
  const dropped = new Map<string, string>();
  const changes = new Map<string, readonly ValueChange[]>();
  for (const alike of Map.groupBy(relations, (one) => statementOf(one, fields)).values()) {
    const [kept, ...others] = alike.toSorted(byAge);
    const giving = others.filter(({ ofLoser }) => ofLoser);
    if (kept === undefined || giving.length === 0) continue;
    for (const { id } of giving) dropped.set(id, kept.id);
    const united = provenance(kept, giving, fields);
    if (united !== null) changes.set(kept.id, [united]);
  }
  return { dropped, changes };
}

function statementOf({ source, target, values }: JoinedRelation, fields: JoinFields): string {
  const said = Object.entries(values)
    .filter(([name, value]) => value !== null && !fields.ignored.has(name))
    .filter(([name, value]) => name !== fields.documents || !Array.isArray(value))
    .map(([name, value]) => [name, name === fields.text && typeof value === 'string' ? normalise(value) : value]);
  return JSON.stringify([source, target, said.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))]);
}

function byAge(one: JoinedRelation, other: JoinedRelation): number {
  if (one.ofLoser !== other.ofLoser) return one.ofLoser ? 1 : -1;
  const ages = (one.createdAt ?? Number.POSITIVE_INFINITY) - (other.createdAt ?? Number.POSITIVE_INFINITY);
  if (ages !== 0 && !Number.isNaN(ages)) return ages;
  return one.id < other.id ? -1 : 1;
}

function provenance(kept: JoinedRelation, giving: readonly JoinedRelation[], { documents }: JoinFields) {
  if (documents === null) return null;
  const before = kept.values[documents] ?? null;
  let after = before;
  for (const { values } of giving) {
    const given = values[documents];
    if (Array.isArray(given)) after = unionOf(Array.isArray(after) ? after : [], given);
  }
  return isSame(before, after) ? null : { name: documents, before, after };
}

/** A list of relations' ids after some of them were joined with another or removed. */
export function followRelations(list: readonly unknown[], dropped: ReadonlyMap<string, string | null>): unknown[] {
  const followed = list.flatMap((one) => {
    const place = typeof one === 'string' ? dropped.get(one) : undefined;
    return place === undefined ? [one] : place === null ? [] : [place];
  });
  return unionOf([], followed);
}
