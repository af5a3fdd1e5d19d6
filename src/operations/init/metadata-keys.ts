import { sql } from 'kysely';
import type { Tx } from '../../state/schema.ts';
import type { LiveTable } from './live-tables.ts';

/** The keys of a JSON column in some of its rows. Values are looked at by the server and never leave it. */
export interface MetadataKeys {
  readonly rows: number;
  readonly keys: readonly MetadataKey[];
}

export interface MetadataKey {
  readonly name: string;
  /** In how many of the rows it stands with a value. */
  readonly count: number;
  /** In how many of them the value is a date or time in ISO 8601, and in how many a day alone. */
  readonly dates: number;
  readonly days: number;
}

const sampledRows = 1_000;
const mostKeys = 500;
/** Above so many rows the first ones, the oldest as a rule, say too little of the rest. */
const largeTable = 20_000;
const iso = '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}|$)';
const day = '^\\d{4}-\\d{2}-\\d{2}$';

/** `null` where this role may not read the table, or it cannot be read in time. */
export async function metadataKeys(tx: Tx, table: LiveTable, column: string): Promise<MetadataKeys | null> {
  if (!table.readable) return null;
  const estimate = table.rowsEstimate ?? 0;
  const share = sql.lit(Math.min(100, (100 * 20 * sampledRows) / Math.max(estimate, 1)));
  const scattered = estimate > largeTable ? sql`tablesample system (${share})` : sql``;
  await sql`savepoint sample`.execute(tx);
  try {
    const { rows } = await sql<MetadataKey & { rows: number }>`
      with sample as materialized (
        select case when pg_input_is_valid(${sql.id(column)}::text, 'jsonb') then ${sql.id(column)}::jsonb end as metadata
        from ${sql.id(table.schema, table.name)} ${scattered}
        limit ${sql.lit(sampledRows)}
      ), pair as (
        select key, value #>> '{}' as text from sample,
          jsonb_each(case jsonb_typeof(metadata) when 'object' then metadata else '{}' end)
        where jsonb_typeof(value) <> 'null'
      )
      select (select count(*) from sample) as rows, key as name, count(key) as count,
        count(*) filter (where text ~ ${sql.lit(iso)}) as dates, count(*) filter (where text ~ ${sql.lit(day)}) as days
      from (select) as one left join pair on true
      group by key order by count(key) desc, key limit ${sql.lit(mostKeys)}`.execute(tx);
    return {
      rows: rows[0]?.rows ?? 0,
      keys: rows.flatMap(({ name, count, dates, days }) => (name === null ? [] : [{ name, count, dates, days }])),
    };
  } catch {
    await sql`rollback to savepoint sample`.execute(tx);
    return null;
  }
}

/** In what share of the sampled rows the key stands. */
export function shareOf(sample: MetadataKeys | null, key: string): number {
  if (sample === null || sample.rows === 0) return 0;
  return (sample.keys.find((one) => one.name === key)?.count ?? 0) / sample.rows;
}
