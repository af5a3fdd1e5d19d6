import { type RawBuilder, sql } from 'kysely';
import { ageLimit, type DueRule, type ExpiryRule } from '../../domain/expiry.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { type RefreshRule, refreshHorizon } from '../../domain/refresh.ts';
import { columnRef, instantOf, isWritten, textOf, writtenDate } from './fields.ts';

/** A rule of `domain/` over one mapped row, in SQL. */
export interface DueSql {
  /** Why a row can be due, the strongest first. Where it is due for several, the first counts. */
  readonly reasons: readonly { readonly name: string; readonly holds: RawBuilder<boolean> }[];
  /** For any of them. */
  readonly due: RawBuilder<boolean>;
  /** A date is written but cannot be read. */
  readonly unreadable: RawBuilder<boolean>;
  /** When it expired or was fetched, for "oldest". */
  readonly since: RawBuilder<Date | null>;
  /** Whether a hold, which is an exemption from removal, exempts from this too. */
  readonly heldByHolds: boolean;
}

const never = sql<boolean>`false`;

export function dueSql(alias: string, mapping: CollectionMapping, rule: DueRule): DueSql {
  return rule.kind === 'refresh' ? refreshSql(alias, mapping, rule) : expirySql(alias, mapping, rule);
}

function expirySql(alias: string, mapping: CollectionMapping, rule: ExpiryRule): DueSql {
  const { expires, written, fetched, unreadable } = datesOf(alias, mapping);
  const expired =
    mapping.expiresAt === null ? never : sql<boolean>`coalesce(${expires} <= ${rule.cutoff}::timestamptz, false)`;
  const tooOld =
    mapping.fetchedAt === null || rule.maxAgeDays === null
      ? never
      : sql<boolean>`(not ${written} and coalesce(${fetched} < ${ageLimit(rule.cutoff, rule.maxAgeDays)}::timestamptz, false))`;
  return {
    reasons: [
      { name: 'expired', holds: expired },
      { name: 'too_old', holds: tooOld },
    ],
    due: sql`(${expired} or ${tooOld})`,
    unreadable,
    since: sql`coalesce(${expires}, ${fetched})`,
    heldByHolds: true,
  };
}

function refreshSql(alias: string, mapping: CollectionMapping, rule: RefreshRule): DueSql {
  const { expires, unreadable } = datesOf(alias, mapping);
  const { url } = mapping;
  const fetchable = url === null ? never : sql`btrim(coalesce(${textOf(alias, url)}, ''), ${blanks}) <> ''`;
  const good = sql`coalesce(${scoreOf(alias, mapping)} >= ${rule.minimumQuality}::real, true)`;
  const by = (end: Date) =>
    sql<boolean>`(coalesce(${expires} <= ${end}::timestamptz, false) and ${fetchable} and ${good})`;
  const expiring = by(refreshHorizon(rule));
  return {
    reasons: [
      { name: 'expired', holds: by(rule.cutoff) },
      { name: 'expiring', holds: expiring },
    ],
    due: expiring,
    unreadable,
    since: expires,
    heldByHolds: false,
  };
}

/** What JavaScript's `trim` takes for white space, as far as addresses have it. */
const blanks = sql.lit(' \t\n\r\f\v\u00a0');

/** The score as a number; text that is none counts as no score. */
function scoreOf(alias: string, { quality }: CollectionMapping): RawBuilder<number | null> {
  if (quality === null) return sql`null::real`;
  const text = textOf(alias, quality);
  return sql`(case when pg_input_is_valid(${text}, 'real') then nullif(${text}::real, 'NaN') end)`;
}

function datesOf(alias: string, { expiresAt, fetchedAt }: CollectionMapping) {
  const expires = expiresAt === null ? sql<Date | null>`null::timestamptz` : instantOf(alias, expiresAt);
  const written = expiresAt === null ? never : isWritten(alias, expiresAt);
  return {
    expires,
    written,
    fetched: fetchedAt === null ? sql<Date | null>`null::timestamptz` : instantOf(alias, fetchedAt),
    unreadable: expiresAt === null ? never : sql<boolean>`(${written} and ${expires} is null)`,
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
