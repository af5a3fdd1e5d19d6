import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { CheckFinding } from './findings.ts';
import type { Subject } from './subjects.ts';
import type { ClassDocuments } from './weaviate.ts';

/** Runs a read-only statement within the time that is left; `null`: it failed, and the report names it. */
export type Measure = <T>(collection: string, measure: string, work: (tx: Tx) => Promise<T>) => Promise<T | null>;

/** Documents of which a class is recognised as that of a table. */
const mostSampled = 200;
const leastShare = 0.5;

/**
 * Compares the documents that the objects of a class name with the rows of the table that they belong to: the one that has the
 * most of them, and at least half of a sample. No finding where there is no such table.
 */
export async function crossCheck(
  { name, objects }: ClassDocuments,
  subjects: readonly Subject[],
  measure: Measure,
): Promise<readonly CheckFinding[]> {
  const ids = [...objects.keys()];
  const sample = ids.slice(0, mostSampled);
  let best: { readonly subject: Subject; readonly hits: number } | null = null;
  for (const subject of subjects) {
    if (!subject.live.readable || idColumns(subject.table.mapping).length !== 1) continue;
    const missing = await measure(name, 'rows', (tx) => withoutRow(tx, subject, sample));
    const hits = sample.length - (missing?.length ?? sample.length);
    if (hits > (best?.hits ?? 0)) best = { subject, hits };
  }
  if (best === null || best.hits < sample.length * leastShare) return [];
  const { subject } = best;
  const strays = await measure(name, 'vectors_without_rows', (tx) => withoutRow(tx, subject, ids));
  const bare = await measure(name, 'rows_without_vectors', (tx) => withoutObject(tx, subject, ids));
  const of = [...objects.values()].reduce((sum, count) => sum + count, 0);
  const stray = (strays ?? []).reduce((sum, id) => sum + (objects.get(id) ?? 0), 0);
  const found: CheckFinding[] = [
    {
      ...{ kind: 'vectors_without_rows', count: stray, of, error: 0, bytes: null },
      what: `objects belong to no row of ${subject.name}: searches find what was deleted`,
      remedy: 'ttl-cleanup removes vectors with their rows, so that none are left behind',
    },
    {
      ...{ kind: 'rows_without_vectors', count: bare ?? 0, of: bare ?? 0, error: 0, bytes: null },
      what: `rows of ${subject.name} have no object: a search by vector never finds them`,
      remedy: 'document-refresh embeds documents anew when they are due',
    },
  ];
  return found.filter(({ count }) => count > 0);
}

/** Returns the ids that no row has. */
async function withoutRow(tx: Tx, subject: Subject, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select given.id from unnest(${ids}::text[]) as given (id)
    where not exists (select from ${tableOf(subject)} d where ${idOf(subject)} = given.id)`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Rows whose id is none of these. */
async function withoutObject(tx: Tx, subject: Subject, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${tableOf(subject)} d
    where not exists (select from unnest(${ids}::text[]) as given (id) where given.id = ${idOf(subject)})`.execute(tx);
  return Number(rows[0]?.count ?? 0);
}

function tableOf({ table }: Subject) {
  return tableRef(table.mapping.table);
}

function idOf({ table }: Subject) {
  const [id = ''] = idColumns(table.mapping);
  return sql`${columnRef('d', id)}::text`;
}
