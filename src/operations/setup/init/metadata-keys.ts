import { sql } from 'kysely';
import type { Tx } from '../../../database/schema.ts';
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
  /** In how many of them it is a number that can be seconds, and milliseconds, since 1970. */
  readonly seconds: number;
  readonly milliseconds: number;
}

const sampledRows = 1_000;
const mostKeys = 500;
/** Above so many rows the first ones, the oldest as a rule, say too little of the rest. */
const largeTable = 20_000;
const iso = '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}|$)';
const day = '^\\d{4}-\\d{2}-\\d{2}$';
/** From 1973 to 2286: the number of digits tells seconds from milliseconds. */
const seconds = '^\\d{9,10}(\\.\\d+)?$';
const milliseconds = '^\\d{12,13}(\\.\\d+)?$';

/** `null` where this role may not read the table, or it cannot be read in time. */
export async function metadataKeys(tx: Tx, table: LiveTable, column: string): Promise<MetadataKeys | null> {
  const rows = await sampled(tx, table, async () => {
    const found = await sql<MetadataKey & { rows: number }>`
      with sample as materialized (
        select case when pg_input_is_valid(${sql.id(column)}::text, 'jsonb') then ${sql.id(column)}::jsonb end as metadata
        from ${someRows(table, column)}
      ), pair as (
        select key, value #>> '{}' as text from sample,
          jsonb_each(case jsonb_typeof(metadata) when 'object' then metadata else '{}' end)
        where jsonb_typeof(value) <> 'null'
      )
      select (select count(*) from sample) as rows, key as name, count(key) as count,
        count(*) filter (where text ~ ${sql.lit(iso)}) as dates, count(*) filter (where text ~ ${sql.lit(day)}) as days,
        count(*) filter (where text ~ ${sql.lit(seconds)}) as seconds,
        count(*) filter (where text ~ ${sql.lit(milliseconds)}) as milliseconds
      from (select) as one left join pair on true
      group by key order by count(key) desc, key limit ${sql.lit(mostKeys)}`.execute(tx);
    return found.rows;
  });
  if (rows === null) return null;
  return {
    rows: rows[0]?.rows ?? 0,
    keys: rows.flatMap(({ rows: _, ...key }) => (key.name === null ? [] : [key])),
  };
}

/** The unit that fits most values of a column of numbers or text; `null` where neither does, or it cannot be read. */
export async function epochOf(
  tx: Tx,
  table: LiveTable,
  { name: column, isText }: { readonly name: string; readonly isText: boolean },
): Promise<'epoch_s' | 'epoch_ms' | null> {
  const [counts] =
    (await sampled(tx, table, async () => {
      const found = await sql<{ values: number; seconds: number; milliseconds: number }>`
        select count(value) as values, count(*) filter (where value::text ~ ${sql.lit(seconds)}) as seconds,
          count(*) filter (where value::text ~ ${sql.lit(milliseconds)}) as milliseconds
        from (select ${isText ? sql.id(column) : sql`${sql.id(column)}::numeric`} as value
          from ${someRows(table, column)}) one`.execute(tx);
      return found.rows;
    })) ?? [];
  if (counts === undefined) return null;
  if (counts.seconds * 2 > counts.values) return 'epoch_s';
  return counts.milliseconds * 2 > counts.values ? 'epoch_ms' : null;
}

function someRows(table: LiveTable, column: string) {
  const estimate = table.rowsEstimate ?? 0;
  const share = sql.lit(Math.min(100, (100 * 20 * sampledRows) / Math.max(estimate, 1)));
  const scattered = estimate > largeTable ? sql`tablesample system (${share})` : sql``;
  return sql`(
    select ${sql.id(column)} from ${sql.id(table.schema, table.name)} ${scattered} limit ${sql.lit(sampledRows)}
  ) some_rows`;
}

async function sampled<T>(tx: Tx, table: LiveTable, read: () => Promise<T>): Promise<T | null> {
  if (!table.readable) return null;
  await sql`savepoint sample`.execute(tx);
  try {
    return await read();
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
