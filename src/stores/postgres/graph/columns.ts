import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../../database/schema.ts';

type Sql = RawBuilder<unknown>;

export interface ColumnsAsked {
  /** Table and alias. */
  readonly from: Sql;
  readonly where: Sql;
  /** By which rows are dealt out to pages: an id as text. */
  readonly id: Sql;
  /** Each as text, and never null. */
  readonly columns: readonly Sql[];
  readonly pageBytes?: number;
}

/** What a page takes of memory, about: however long ids are, no text comes near what a string may hold. */
const usualPageBytes = 32 * 2 ** 20;
/** Of a value besides its characters, when it has been cut out. */
const valueBytes = 32;

/** Stands in no sane id; where it does all the same, the page comes as JSON. */
const separator = '\u001f';

/**
 * Rows as columns: the server joins a page's values to one text for each column, and cutting that up costs a fifth of
 * reading as many rows. Pages are told apart by a hash, so that none of them has to be sorted, in no order.
 */
export async function* columnPages(db: Db, asked: ColumnsAsked): AsyncGenerator<readonly (readonly string[])[]> {
  const lengths = sql.join(
    asked.columns.map((column) => sql`octet_length(${column}) + ${sql.lit(valueBytes)}`),
    sql` + `,
  );
  const { rows } = await sql<{ bytes: number | null }>`
    select sum(${lengths})::int8 as bytes from ${asked.from} where ${asked.where}`.execute(db);
  const bytes = rows[0]?.bytes ?? 0;
  if (bytes === 0) return;
  const pages = 2 ** Math.max(0, Math.ceil(Math.log2(bytes / (asked.pageBytes ?? usualPageBytes))));
  let next = readPage(db, asked, pages, 0);
  for (let page = 1; page <= pages; page++) {
    const columns = await next;
    if (page < pages) {
      // Read while the caller takes in this one.
      next = readPage(db, asked, pages, page);
      next.catch(() => {});
    }
    yield columns;
  }
}

async function readPage(db: Db, asked: ColumnsAsked, pages: number, page: number): Promise<string[][]> {
  const { from, where, id, columns } = asked;
  const within = pages === 1 ? where : sql`${where} and (hashtext(${id}) & ${sql.lit(pages - 1)}) = ${sql.lit(page)}`;
  const select = (aggregate: (column: Sql) => Sql) => {
    const named = columns.map((column, at) => sql`${aggregate(column)} as ${sql.id(String(at))}`);
    return sql<
      Record<string, unknown>
    >`select count(*)::int8 as count, ${sql.join(named)} from ${from} where ${within}`;
  };
  const { rows: joined } = await select((column) => sql`string_agg(${column}, ${sql.lit(separator)})`).execute(db);
  const [{ count = 0, ...texts } = {}] = joined;
  if (count === 0) return columns.map(() => []);
  const cut = columns.map((_, at) => String(texts[at]).split(separator));
  if (cut.every((values) => values.length === count)) return cut;
  const { rows: whole } = await select((column) => sql`json_agg(${column})`).execute(db);
  return columns.map((_, at) => {
    const values: unknown = whole[0]?.[at];
    return Array.isArray(values) ? values.map(String) : [];
  });
}
