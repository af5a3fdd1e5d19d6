import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../database/identifiers.ts';
import type { Tx } from '../../database/schema.ts';
import { ageLimit, type DueRule, type ExpiryRule } from '../../domain/expiry.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { type RefreshRule, refreshHorizon } from '../../domain/refresh.ts';
import type { SurveyTerms } from '../ports/document-store.ts';
import { isReadableJson, readInstant, rememberedDate, textOf, writtenOf } from './fields.ts';
import { plainJsonColumns } from './schema/json-columns.ts';

/** A rule of `domain/` over one mapped row, in SQL. */
export interface DueSql {
  /** Why a row can be due, the strongest first. Where it is due for several, the first counts. */
  readonly reasons: readonly { readonly name: string; readonly holds: RawBuilder<boolean> }[];
  /** For any of them. */
  readonly due: RawBuilder<boolean>;
  /** A date is written but cannot be read, or the row cannot be judged at all. */
  readonly unreadable: RawBuilder<boolean>;
  /** When it expired or was fetched, for "oldest". */
  readonly since: RawBuilder<Date | null>;
  /** Whether a hold, which is an exemption from removal, exempts from this too. */
  readonly heldByHolds: boolean;
}

const never = sql<boolean>`false`;

/** A row's dates: as they are written, and read. */
export interface RowDates {
  readonly id: RawBuilder<string>;
  readonly written: { readonly expires: RawBuilder<unknown> | null; readonly fetched: RawBuilder<unknown> | null };
  readonly expires: RawBuilder<Date | null>;
  readonly fetched: RawBuilder<Date | null>;
  /** Where it came from, as text. */
  readonly url: RawBuilder<string | null>;
  /** Its score as a number; text that is none counts as no score. */
  readonly score: RawBuilder<number | null>;
  /** The row has no id, or a JSON column of the mapping cannot be read: it cannot be judged, and stays. */
  readonly unjudged: RawBuilder<boolean>;
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
    url: mapping.url === null ? sql`null::text` : textOf(alias, mapping.url),
    score: scoreOf(alias, mapping),
    unjudged: sql`(${columnRef(alias, mapping.id)} is null or not ${hasReadableJson(alias, mapping)})`,
  };
}

/** Whether every `json` column that the mapping reads can be read. */
function hasReadableJson(alias: string, mapping: CollectionMapping): RawBuilder<boolean> {
  const terms = plainJsonColumns(mapping).map((column) => isReadableJson(alias, column));
  return terms.length === 0 ? sql`true` : sql`(${sql.join(terms, sql` and `)})`;
}

function scoreOf(alias: string, { quality }: CollectionMapping): RawBuilder<number | null> {
  if (quality === null) return sql`null::real`;
  const text = textOf(alias, quality);
  return sql`(case when pg_input_is_valid(${text}, 'real') then nullif(${text}::real, 'NaN') end)`;
}

/** What the rule asks of a row besides its dates, as columns for `datedRows`. */
function besides(mapping: CollectionMapping, rule: DueRule): RawBuilder<unknown> {
  if (rule.kind !== 'refresh') return sql``;
  const { url, score } = datesOf('d', mapping);
  return sql`, ${url} as url_written, ${score} as score`;
}

/**
 * Ends a subquery whose columns are computed once a row: without it the planner copies what they say to wherever they are
 * asked for. In quotes, since a bare 0 is a cast at first, for which the planner gives up reading with several processes.
 */
export const computedOnce = sql`offset '0'`;

/**
 * Rows of the collection, with their dates read once each: finding a date in a JSON column and making an instant of it
 * costs more than all else, and the rule asks for it again and again. `more` are columns of the caller's own, which
 * speaks of the row as `d`, `joined` to what else it needs.
 */
export function datedRows(
  mapping: CollectionMapping,
  rule: DueRule,
  more: RawBuilder<unknown>,
  joined: RawBuilder<unknown> = sql``,
): RawBuilder<unknown> {
  const { expiresAt, fetchedAt } = mapping;
  const { id, written, unjudged } = datesOf('d', mapping);
  const absent = sql`null::text`;
  const [expires, fetched] = [sql`w.expires_written`, sql`w.fetched_written`];
  return sql`(
    select w.*, ${expiresAt === null ? sql`null::timestamptz` : readInstant(expires, expiresAt)} as expires,
      ${fetchedAt === null ? sql`null::timestamptz` : readInstant(fetched, fetchedAt)} as fetched
    from (
      select ${id} as row_id, ${written.expires ?? absent} as expires_written, ${written.fetched ?? absent} as fetched_written,
        ${unjudged} as unjudged, ${more}${besides(mapping, rule)}
      from ${tableRef(mapping.table)} d ${joined} where ${isCounted(mapping)} ${computedOnce}
    ) w ${computedOnce}
  )`;
}

/** Rows of the collection, and those of which nobody can tell whether they belong to it. */
function isCounted(mapping: CollectionMapping): RawBuilder<boolean> {
  const belongs = inCollection('d', mapping);
  if (!mapping.filter.some((term) => term.plainJson === true)) return belongs;
  return sql`(${belongs} or not ${hasReadableJson('d', mapping)})`;
}

/** Those of a row of `datedRows`. */
export function datesReadOf(alias: string): RowDates {
  const column = (name: string) => sql<never>`${sql.id(alias, name)}`;
  return {
    id: column('row_id'),
    written: { expires: column('expires_written'), fetched: column('fetched_written') },
    expires: column('expires'),
    fetched: column('fetched'),
    url: column('url_written'),
    score: column('score'),
    unjudged: column('unjudged'),
  };
}

export function dueSql(dates: RowDates, mapping: CollectionMapping, rule: DueRule): DueSql {
  return rule.kind === 'refresh' ? refreshSql(dates, mapping, rule) : expirySql(dates, mapping, rule);
}

function hasDate({ written }: RowDates, mapping: CollectionMapping): RawBuilder<boolean> {
  return mapping.expiresAt === null ? never : sql<boolean>`(${written.expires} is not null)`;
}

function unreadable(dates: RowDates, mapping: CollectionMapping): RawBuilder<boolean> {
  if (mapping.expiresAt === null) return dates.unjudged;
  return sql`(${dates.unjudged} or (${hasDate(dates, mapping)} and ${dates.expires} is null))`;
}

/** What JavaScript's `trim` takes for white space, as far as addresses have it. */
const blanks = sql.lit(' \t\n\r\f\v\u00a0');

function refreshSql(dates: RowDates, mapping: CollectionMapping, rule: RefreshRule): DueSql {
  const { expires, url, score } = dates;
  const fetchable = sql`btrim(coalesce(${url}, ''), ${blanks}) <> ''`;
  const good = sql`coalesce(${score} >= ${rule.minimumQuality}::real, true)`;
  const by = (end: Date) =>
    sql<boolean>`(coalesce(${expires} <= ${end}::timestamptz, false) and ${fetchable} and ${good} and not ${dates.unjudged})`;
  const expiring = by(refreshHorizon(rule));
  return {
    reasons: [
      { name: 'expired', holds: by(rule.cutoff) },
      { name: 'expiring', holds: expiring },
    ],
    due: expiring,
    unreadable: unreadable(dates, mapping),
    since: expires,
    heldByHolds: false,
  };
}

function expirySql(dates: RowDates, mapping: CollectionMapping, rule: ExpiryRule): DueSql {
  const { expires, fetched } = dates;
  const expired =
    mapping.expiresAt === null ? never : sql<boolean>`coalesce(${expires} <= ${rule.cutoff}::timestamptz, false)`;
  const tooOld =
    mapping.fetchedAt === null || rule.maxAgeDays === null
      ? never
      : sql<boolean>`(not ${hasDate(dates, mapping)} and coalesce(${fetched} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false))`;
  return {
    reasons: [
      { name: 'expired', holds: expired },
      { name: 'too_old', holds: tooOld },
    ],
    due: sql`((${expired} or ${tooOld}) and not ${dates.unjudged})`,
    unreadable: unreadable(dates, mapping),
    // Where only an expiry counts, when it was fetched need not be read.
    since: rule.maxAgeDays === null ? expires : sql`coalesce(${expires}, ${fetched})`,
    heldByHolds: true,
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

/**
 * The terms of one snapshot: holds are left out of what is asked of every row where there is none, for a question to another
 * table keeps the scan to a single process.
 */
export async function withHolds(tx: Tx, mapping: CollectionMapping, terms: SurveyTerms): Promise<SurveyTerms> {
  if (!terms.respectHolds) return terms;
  const { rows } = await sql<{ any: boolean }>`
    select exists (select from coppice.holds where collection = ${mapping.name}) as any`.execute(tx);
  return { ...terms, respectHolds: rows[0]?.any === true };
}

/** What makes a row one to remove. */
export function freeAndDue(
  dates: RowDates,
  mapping: CollectionMapping,
  { rule, respectHolds }: SurveyTerms,
): RawBuilder<boolean> {
  const { due, heldByHolds } = dueSql(dates, mapping, rule);
  return respectHolds && heldByHolds ? sql`(${due} and not ${onHold(dates, mapping)})` : due;
}

/** The same of the row `d` as it stands under its lock. */
export function stillDue(mapping: CollectionMapping, rule: DueRule): RawBuilder<boolean> {
  return sql`(${inCollection('d', mapping)} and ${freeAndDue(datesOf('d', mapping), mapping, { rule, respectHolds: true })})`;
}
