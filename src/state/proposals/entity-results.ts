import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { Totals } from '../../domain/run.ts';

export interface EntityResult {
  readonly collection: string;
  readonly partition: string;
  readonly subject: string;
  readonly before: number;
  readonly after: number;
  readonly categories: readonly string[];
  readonly error: string | null;
}

/** Notes what a run did to entities. A later note of the same run replaces an earlier one. */
export async function noteEntities(db: Db, runNo: number, results: readonly EntityResult[]): Promise<void> {
  if (results.length === 0) return;
  await sql`
    insert into coppice.entity_results
      (run_no, collection, partition, subject, attributes_before, attributes_after, categories, error)
    select ${runNo}, collection, partition, subject, before, after,
      array(select jsonb_array_elements_text(categories)), error
    from jsonb_to_recordset(${JSON.stringify(results)}::jsonb) as r (collection text, partition text, subject text, before int,
      after int, categories jsonb, error text)
    on conflict (run_no, collection, partition, subject) do update set attributes_before = excluded.attributes_before,
      attributes_after = excluded.attributes_after, categories = excluded.categories, error = excluded.error`.execute(
    db,
  );
}

/** A page in the order of the entities. */
export async function entityResults(
  db: Db,
  runNo: number,
  page: {
    readonly seen: readonly string[] | null;
    readonly after: readonly [string, string, string] | null;
    readonly limit: number;
  },
): Promise<readonly EntityResult[]> {
  const beyond =
    page.after === null
      ? sql`true`
      : sql`(collection, partition collate "C", subject) > (${sql.join([...page.after])})`;
  const visible = page.seen === null ? sql`true` : sql`partition = any(${[...page.seen]}::text[])`;
  const { rows } = await sql<EntityResult>`
    select collection, partition, subject, attributes_before as before, attributes_after as after, categories, error
    from coppice.entity_results where run_no = ${runNo} and ${visible} and ${beyond}
    order by collection, partition collate "C", subject limit ${sql.lit(page.limit)}`.execute(db);
  return rows;
}

/** Sums over the profiles of each entity that a run has looked at. */
export async function entityTotals(
  db: Db,
  runNo: number,
  collection: string,
  partitions: readonly string[],
): Promise<ReadonlyMap<string, Totals>> {
  const { rows } = await sql<{ partition: string; before: number; after: number; errors: number }>`
    select partition, sum(attributes_before)::int8 as before, sum(attributes_after)::int8 as after, count(error)::int8 as errors
    from coppice.entity_results
    where run_no = ${runNo} and collection = ${collection} and partition = any(${[...partitions]}::text[])
    group by partition`.execute(db);
  return new Map(
    rows.map(({ partition, before, after, errors }) => {
      const sums = { attributes_before: before, attributes_after: after };
      return [partition, errors === 0 ? sums : { ...sums, unchanged_with_error: errors }];
    }),
  );
}

/** Entities that a run has looked at. */
export async function lookedAtBy(db: Db, runNo: number, collection: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ partition: string }>`
    select distinct partition from coppice.entity_results
    where run_no = ${runNo} and collection = ${collection}`.execute(db);
  return new Set(rows.map(({ partition }) => partition));
}
