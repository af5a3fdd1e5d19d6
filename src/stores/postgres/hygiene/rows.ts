import { type RawBuilder, sql } from 'kysely';
import { columnRef, quoted } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import { readInstant, writtenOf } from '../fields.ts';
import { type HygieneTable, readableRows, scopeOf } from './hygiene-table.ts';

/** Rows that have expired are counted by how many days ago. */
export const expiredForDays = [0, 1, 7, 30, 90, 365] as const;
/** Weeks of growth that are counted. */
const growthWeeks = 8;

export interface RowCounts {
  readonly rows: number;
  /** With the table's indexes and the values that are stored outside of it. */
  readonly bytes: number;
  /** Rows without a partition, which no run ever touches. */
  readonly unscoped: number;
  readonly withoutVector: number;
  readonly withoutText: number;
  /** A date is written and cannot be read. */
  readonly unreadable: number;
  /** Rows that have expired at least so many days ago, in the order of `expiredForDays`. */
  readonly expired: readonly number[];
  /** Rows that came in each of the last weeks, the oldest week first; `null`: nothing says when a row came. */
  readonly weeks: readonly number[] | null;
}

interface CountRow {
  rows: number;
  bytes: number;
  unscoped: number;
  without_vector: number;
  without_text: number;
  unreadable: number;
  expired: number[];
  weeks: number[];
}

/** All that one scan of the table tells. */
export async function countRows(tx: Tx, table: HygieneTable): Promise<RowCounts> {
  const { mapping, isScoped, vector, text, since } = table;
  const expiry = instantOf(mapping.expiresAt);
  const came = instantOf(since);
  const { rows } = await sql<CountRow>`
    select count(*)::int8 as rows, pg_total_relation_size(to_regclass(${quoted(mapping.table)}))::int8 as bytes,
      count(*) filter (where ${isScoped ? sql`coalesce(scope, '') = ''` : sql`false`})::int8 as unscoped,
      count(*) filter (where no_vector)::int8 as without_vector, count(*) filter (where no_text)::int8 as without_text,
      count(*) filter (where unreadable)::int8 as unreadable,
      array[${sql.join(expiredForDays.map((days) => sql`count(*) filter (where ends <= now() - make_interval(days => ${sql.lit(days)}))`))}]::float8[] as expired,
      array[${sql.join(weeksAgo.map((weeks) => sql`count(*) filter (where came > now() - make_interval(weeks => ${sql.lit(weeks)}) and came <= now() - make_interval(weeks => ${sql.lit(weeks - 1)}))`))}]::float8[] as weeks
    from (
      select ${scopeOf(table)} as scope, ${expiry.read} as ends, ${came.read} as came,
        (${expiry.written} is not null and ${expiry.read} is null) as unreadable,
        ${vector === null ? sql`false` : sql`${columnRef('d', vector)} is null`} as no_vector,
        ${text === null ? sql`false` : sql`coalesce(${columnRef('d', text.column)}::text, '') = ''`} as no_text
      from ${readableRows(table)} offset '0'
    ) r`.execute(tx);
  const [found] = rows;
  if (found === undefined) throw new Error('a count returns one row');
  const { without_vector: withoutVector, without_text: withoutText, weeks, ...counts } = found;
  return { ...counts, withoutVector, withoutText, weeks: since === null ? null : weeks };
}

const weeksAgo = Array.from({ length: growthWeeks }, (_, no) => growthWeeks - no);

function instantOf(field: TimeField | null): { written: RawBuilder<unknown>; read: RawBuilder<unknown> } {
  if (field === null) return { written: sql`null::text`, read: sql`null::timestamptz` };
  const written = writtenOf('d', field);
  return { written, read: readInstant(written, field) };
}
