import { type RawBuilder, sql } from 'kysely';
import { ageLimit, type ExpiryRule } from '../../domain/expiry.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { SurveyTerms } from '../ports/document-store.ts';
import { columnRef, readInstant, rememberedDate, tableRef, textOf, writtenOf } from './fields.ts';

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

/** A row's dates: as they are written, and read. */
export interface RowDates {
  readonly id: RawBuilder<string>;
  readonly written: { readonly expires: RawBuilder<unknown> | null; readonly fetched: RawBuilder<unknown> | null };
  readonly expires: RawBuilder<Date | null>;
  readonly fetched: RawBuilder<Date | null>;
}

/** Those of a row of the table. */
export function datesOf(alias: string, mapping: CollectionMapping): RowDates {
  const { expiresAt, fetchedAt } = mapping;
  const expires = expiresAt === null ? null : writtenOf(alias, expiresAt);
  const fetched = fetchedAt === null ? null : writtenOf(alias, fetchedAt);
  const absent = sql<Date | null>`null::timestamptz`;
  return {
    id: sql`${columnRef(alias, mapping.id)}::text`,
    written: { expires, fetched },
    expires: expiresAt === null || expires === null ? absent : readInstant(expires, expiresAt),
    fetched: fetchedAt === null || fetched === null ? absent : readInstant(fetched, fetchedAt),
  };
}

/**
 * Rows of the collection, with their dates read once each: finding a date in a JSON column and making an instant of it
 * costs more than all else, and the rule asks for it again and again. `offset 0` keeps the planner from copying the
 * reading to wherever it is asked for. `more` are columns of the caller's own, which speaks of the row as `d`,
 * `joined` to what else it needs.
 */
export function datedRows(
  mapping: CollectionMapping,
  more: RawBuilder<unknown>,
  joined: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  const { expiresAt, fetchedAt } = mapping;
  const { id, written } = datesOf('d', mapping);
  const absent = sql`null::text`;
  const [expires, fetched] = [sql`w.expires_written`, sql`w.fetched_written`];
  return sql`(
    select w.*, ${expiresAt === null ? sql`null::timestamptz` : readInstant(expires, expiresAt)} as expires,
      ${fetchedAt === null ? sql`null::timestamptz` : readInstant(fetched, fetchedAt)} as fetched
    from (
      select ${id} as row_id, ${written.expires ?? absent} as expires_written, ${written.fetched ?? absent} as fetched_written,
        ${more}
      from ${tableRef(mapping.table)} d ${joined} where ${inCollection('d', mapping)} offset 0
    ) w offset 0
  )`;
}

/** Those of a row of `datedRows`. */
export function datesReadOf(alias: string): RowDates {
  const column = (name: string) => sql<never>`${sql.id(alias, name)}`;
  return {
    id: column('row_id'),
    written: { expires: column('expires_written'), fetched: column('fetched_written') },
    expires: column('expires'),
    fetched: column('fetched'),
  };
}

export function dueSql(dates: RowDates, mapping: CollectionMapping, rule: ExpiryRule): DueSql {
  const { written, expires, fetched } = dates;
  const hasDate = mapping.expiresAt === null ? never : sql<boolean>`(${written.expires} is not null)`;
  const expired =
    mapping.expiresAt === null ? never : sql<boolean>`coalesce(${expires} <= ${rule.cutoff}::timestamptz, false)`;
  const tooOld =
    mapping.fetchedAt === null || rule.maxAgeDays === null
      ? never
      : sql<boolean>`(not ${hasDate} and coalesce(${fetched} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false))`;
  return {
    expired,
    tooOld,
    due: sql`(${expired} or ${tooOld})`,
    unreadable: mapping.expiresAt === null ? never : sql`(${hasDate} and ${expires} is null)`,
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
export function holdDates({ written }: RowDates, mapping: CollectionMapping): RawBuilder<string> {
  const expires = rememberedDate(written.expires, mapping.expiresAt);
  return sql`(${expires} || '|' || ${rememberedDate(written.fetched, mapping.fetchedAt)})`;
}

/**
 * A restored row whose dates have not changed since: exempt from removal. Mostly there are no holds at all, which the
 * server then finds out once and not for each row.
 */
export function onHold(dates: RowDates, mapping: CollectionMapping): RawBuilder<boolean> {
  const name = sql.lit(mapping.name);
  return sql`(exists (select from coppice.holds where collection = ${name})
    and exists (select from coppice.holds h where h.collection = ${name}
    and h.row_id = ${dates.id} and h.dates = ${holdDates(dates, mapping)}))`;
}

/** What makes a row one to remove. */
export function freeAndDue(
  dates: RowDates,
  mapping: CollectionMapping,
  { rule, respectHolds }: SurveyTerms,
): RawBuilder<boolean> {
  const { due } = dueSql(dates, mapping, rule);
  return respectHolds ? sql`(${due} and not ${onHold(dates, mapping)})` : due;
}

/** The same of the row `d` as it stands under its lock. */
export function stillDue(mapping: CollectionMapping, rule: ExpiryRule): RawBuilder<boolean> {
  return sql`(${inCollection('d', mapping)} and ${freeAndDue(datesOf('d', mapping), mapping, { rule, respectHolds: true })})`;
}
