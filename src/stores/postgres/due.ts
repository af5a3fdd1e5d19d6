import { type RawBuilder, sql } from 'kysely';
import { ageLimit, type ExpiryRule } from '../../domain/expiry.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { columnRef, instantOf, isWritten, textOf, writtenDate } from './fields.ts';

/** The expiry rule of `domain/expiry.ts` over one mapped row, in SQL. */
export interface DueSql {
  /** Reads as `expiryReason(...) === 'expired'`. */
  readonly expired: RawBuilder<boolean>;
  readonly tooOld: RawBuilder<boolean>;
  /** Either of them. */
  readonly due: RawBuilder<boolean>;
  /** A date is written but cannot be read. */
  readonly unreadable: RawBuilder<boolean>;
  /** When it expired or was fetched, for "oldest". */
  readonly since: RawBuilder<Date | null>;
}

const never = sql<boolean>`false`;

export function dueSql(alias: string, mapping: CollectionMapping, rule: ExpiryRule): DueSql {
  const { expiresAt, fetchedAt } = mapping;
  const expires = expiresAt === null ? sql<Date | null>`null::timestamptz` : instantOf(alias, expiresAt);
  const written = expiresAt === null ? never : isWritten(alias, expiresAt);
  const fetched = fetchedAt === null ? sql<Date | null>`null::timestamptz` : instantOf(alias, fetchedAt);
  const expired = expiresAt === null ? never : sql<boolean>`coalesce(${expires} <= ${rule.cutoff}::timestamptz, false)`;
  const tooOld =
    fetchedAt === null || rule.maxAgeDays === null
      ? never
      : sql<boolean>`(not ${written} and coalesce(${fetched} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false))`;
  return {
    expired,
    tooOld,
    due: sql`(${expired} or ${tooOld})`,
    unreadable: expiresAt === null ? never : sql`(${written} and ${expires} is null)`,
    since: sql`coalesce(${expires}, ${fetched})`,
  };
}

/** The mapping's static filter: rows outside it are no part of the collection. */
export function inCollection(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const terms = mapping.filter.map((term) => sql`${textOf(alias, term)} = any(${term.anyOf}::text[])`);
  return terms.length === 0 ? sql`true` : sql`(${sql.join(terms, sql` and `)})`;
}

/** What names the document a row belongs to. A row that names none is one by itself. */
export function documentKey(alias: string, mapping: CollectionMapping): RawBuilder<string> {
  const id = sql<string>`${columnRef(alias, mapping.id)}::text`;
  return mapping.document === null ? id : sql`coalesce(${textOf(alias, mapping.document)}, ${id})`;
}

/** The row's dates as a hold remembers them. */
export function holdDates(alias: string, mapping: CollectionMapping): RawBuilder<string> {
  return sql`(${writtenDate(alias, mapping.expiresAt)} || '|' || ${writtenDate(alias, mapping.fetchedAt)})`;
}

/**
 * A restored row whose dates have not changed since: exempt from removal. Mostly there are no holds at all, which the
 * server then finds out once and not for each row.
 */
export function onHold(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const name = sql.lit(mapping.name);
  return sql`(exists (select from coppice.holds where collection = ${name})
    and exists (select from coppice.holds h where h.collection = ${name}
    and h.row_id = ${columnRef(alias, mapping.id)}::text and h.dates = ${holdDates(alias, mapping)}))`;
}
