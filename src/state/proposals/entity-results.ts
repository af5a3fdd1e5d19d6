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

/** Notes what a run did to an entity. A later note of the same run replaces an earlier one. */
export async function noteEntity(db: Db, runNo: number, result: EntityResult): Promise<void> {
  const { collection, partition, subject, before, after, categories, error } = result;
  await sql`
    insert into coppice.entity_results
      (run_no, collection, partition, subject, attributes_before, attributes_after, categories, error)
    values (${runNo}, ${collection}, ${partition}, ${subject}, ${before}, ${after}, ${[...categories]}::text[], ${error})
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

/** Sums over the profiles of an entity that a run has looked at. */
export async function entityTotals(db: Db, runNo: number, collection: string, partition: string): Promise<Totals> {
  const { rows } = await sql<{ before: number; after: number; errors: number }>`
    select coalesce(sum(attributes_before), 0)::int8 as before, coalesce(sum(attributes_after), 0)::int8 as after,
      count(error)::int8 as errors
    from coppice.entity_results where run_no = ${runNo} and collection = ${collection} and partition = ${partition}`.execute(
    db,
  );
  const { before = 0, after = 0, errors = 0 } = rows[0] ?? {};
  const sums = { attributes_before: before, attributes_after: after };
  return errors === 0 ? sums : { ...sums, unchanged_with_error: errors };
}

/** Entities that a run has looked at. */
export async function lookedAtBy(db: Db, runNo: number, collection: string): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ partition: string }>`
    select distinct partition from coppice.entity_results
    where run_no = ${runNo} and collection = ${collection}`.execute(db);
  return new Set(rows.map(({ partition }) => partition));
}
