import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { Field } from '../../../domain/mapping.ts';
import { textOf } from '../fields.ts';
import { inCollection } from '../scope.ts';
import { type HygieneTable, readableRows, scopeOf } from './hygiene-table.ts';

/** A number, and by how much it may be wrong in 95 of 100 cases. */
export interface Estimate {
  readonly count: number;
  /** 0: it was counted. */
  readonly error: number;
}

/** Up to so many rows are compared whole. */
const mostRows = 1_000_000;
/** Parts of the texts that are told apart by the first byte of a digest. */
const parts = 256;
const z = 1.96;

/**
 * Rows beyond the first of each text within one partition. Of a large table a part of the *texts* is counted, chosen by a
 * digest, so that copies stay together; the error is that of a sample of clusters.
 */
export async function exactDuplicates(tx: Tx, table: HygieneTable, text: Field, rows: number): Promise<Estimate> {
  const chosen = Math.max(1, Math.min(parts, Math.floor((parts * mostRows) / Math.max(rows, 1))));
  const digest = sql`md5(${textOf('d', text)})`;
  const { rows: found } = await sql<{ extra: number; squares: number }>`
    select coalesce(sum(copies - 1), 0)::float8 as extra, coalesce(sum((copies - 1) ^ 2), 0)::float8 as squares
    from (
      select count(*) as copies from (
        select ${scopeOf(table)} as scope, ${digest} as digest from ${readableRows(table)}
          and coalesce(${textOf('d', text)}, '') <> ''
      ) d
      where get_byte(decode(left(digest, 2), 'hex'), 0) < ${sql.lit(chosen)}
      group by scope, digest::uuid having count(*) > 1
    ) g`.execute(tx);
  const { extra = 0, squares = 0 } = found[0] ?? {};
  const scale = parts / chosen;
  const error = chosen === parts ? 0 : z * scale * Math.sqrt(squares * (1 - chosen / parts));
  return { count: Math.round(extra * scale), error: Math.round(error) };
}

/** From this cosine on two texts mostly say the same. */
export const nearCosine = 0.97;
const rowsOfSample = 100;

/**
 * Rows of which another row of the partition, with another text, is as near as `nearCosine`, from a random sample. The nearest row is
 * found with the application's index, where it has one. The error is half of Wilson's interval.
 */
export async function nearDuplicates(
  tx: Tx,
  table: HygieneTable,
  { vector, text, rows }: { readonly vector: string; readonly text: Field | null; readonly rows: number },
): Promise<Estimate> {
  const { mapping } = table;
  const share = Math.min(100, (rowsOfSample * 130) / Math.max(rows, 1));
  const differs = text === null ? sql`true` : sql`md5(${textOf('x', text)}) is distinct from s.digest`;
  const digest = text === null ? sql`null::text` : sql`md5(${textOf('d', text)})`;
  const { rows: found } = await sql<{ sampled: number; near: number }>`
    select count(*)::int8 as sampled, count(*) filter (where near)::int8 as near
    from (
      select exists (
        select from (
          select ${columnRef('x', vector)} <=> s.vector as distance from ${tableRef(mapping.table)} x
          where ${idText('x', mapping)} <> s.id and ${inCollection('x', mapping)}
            and ${scopeOf(table, 'x')} is not distinct from s.scope and ${differs}
          order by ${columnRef('x', vector)} <=> s.vector limit 1
        ) n where n.distance <= ${sql.lit(1 - nearCosine)}::float8) as near
      from (
        select ${idText('d', mapping)} as id, ${columnRef('d', vector)} as vector, ${scopeOf(table)} as scope, ${digest} as digest
        from ${tableRef(mapping.table)} d tablesample bernoulli (${sql.lit(share)}) repeatable (14)
        where ${inCollection('d', mapping)} and ${columnRef('d', vector)} is not null limit ${sql.lit(rowsOfSample)}
      ) s
    ) sampled`.execute(tx);
  const { sampled = 0, near = 0 } = found[0] ?? {};
  if (sampled === 0) return { count: 0, error: rows };
  return sampled >= rows ? { count: near, error: 0 } : wilson(near, sampled, rows);
}

/** The middle and the half width of Wilson's interval for a share, in rows. E. B. Wilson, J. Am. Stat. Assoc. 22 (1927), 209. */
export function wilson(hits: number, sampled: number, rows: number): Estimate {
  const share = hits / sampled;
  const scale = 1 + z ** 2 / sampled;
  const middle = (share + z ** 2 / (2 * sampled)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / sampled + z ** 2 / (4 * sampled ** 2));
  return { count: Math.round(share * rows), error: Math.ceil((half + Math.abs(middle - share)) * rows) };
}
