import { type RawBuilder, sql } from 'kysely';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Tx } from '../../state/schema.ts';
import type { RefreshTable, Replacement, StandingDocument, Written } from '../ports/refresh-table.ts';
import { datesOf, dueSql, inCollection } from './due.ts';
import { columnRef, tableRef, textOf } from './fields.ts';
import { chunkProblems, replaceChunks } from './refresh-chunks.ts';
import { idArray, type LiveTable } from './table.ts';
import { assignments, type FieldValue, numberValue, textValue, timeValue } from './write-fields.ts';

/** Reading and writing of rows for the refresh. A row's version is its `xmin`: any write since shows. */
export function createRefreshTable(table: LiveTable): RefreshTable {
  const { mapping, chunks } = table;
  const own = (partition: string) =>
    sql`${textOf('d', mapping.workspace)} = ${partition} and ${inCollection('d', mapping)}`;
  return {
    problems: async (db, dimensions) => (chunks === null ? [] : chunkProblems(db, chunks, dimensions)),
    forgetStrangers: async (db) => {
      await sql`delete from coppice.sources s where s.collection = ${mapping.name}
        and not exists (select from ${tableRef(mapping.table)} d where ${columnRef('d', mapping.id)}::text = s.row_id)`.execute(
        db,
      );
    },
    read: async (db, { partition, rule }, ids) => {
      if (ids.length === 0 || mapping.url === null) return [];
      const { rows } = await sql<StandingDocument>`
        select ${columnRef('d', mapping.id)}::text as id, d.xmin::text as version,
          btrim(${textOf('d', mapping.url)}) as url, ${hashOf(mapping)} as hash
        from ${tableRef(mapping.table)} d
        where ${columnRef('d', mapping.id)} = any(${idArray(table, ids)}) and ${own(partition)}
          and ${dueSql(datesOf('d', mapping), mapping, rule).due}`.execute(db);
      return rows;
    },
    content: async (db, id) => {
      if (mapping.content === null) return null;
      const { rows } = await sql<{ content: string | null }>`
        select ${textOf('d', mapping.content)} as content from ${tableRef(mapping.table)} d
        where ${columnRef('d', mapping.id)} = any(${idArray(table, [id])})`.execute(db);
      return rows[0]?.content ?? null;
    },
    write: async (tx, partition, replacement) =>
      (await writeNested(tx, table, own(partition), [replacement])).get(replacement.id) ?? null,
    writeAll: (tx, partition, replacements) => writeNested(tx, table, own(partition), replacements),
    unchanged: (tx, partition, versions) => unchanged(tx, table, own(partition), versions),
  };
}

/** The text itself says more than a field, whose hash may be of another kind or of another day. */
function hashOf({ content, contentHash }: CollectionMapping): RawBuilder<string | null> {
  if (content === null) return contentHash === null ? sql`null::text` : textOf('d', contentHash);
  return sql`encode(sha256(convert_to(${textOf('d', content)}, 'UTF8')), 'hex')`;
}

async function unchanged(
  tx: Tx,
  table: LiveTable,
  own: RawBuilder<unknown>,
  versions: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const { mapping } = table;
  const id = columnRef('d', mapping.id);
  // Locked first and compared as it then stands: a condition on the version could be judged on the row as it was.
  const { rows } = await sql<{ id: string; version: string }>`
    select ${id}::text as id, d.xmin::text as version from ${tableRef(mapping.table)} d
    where ${id} = any(${idArray(table, [...versions.keys()])}) and ${own} order by ${id} for update of d`.execute(tx);
  return new Set(rows.filter((row) => versions.get(row.id) === row.version).map((row) => row.id));
}

/** All of them or none: what the tables refuse is taken back to where it began, and the transaction goes on. */
async function writeNested(
  tx: Tx,
  table: LiveTable,
  own: RawBuilder<unknown>,
  replacements: readonly Replacement[],
): Promise<Map<string, Written | null>> {
  await sql`savepoint coppice_documents`.execute(tx);
  try {
    const versions = new Map(replacements.map(({ id, version }) => [id, version]));
    const standing = await unchanged(tx, table, own, versions);
    const written = new Map<string, Written | null>();
    for (const one of replacements)
      written.set(one.id, standing.has(one.id) ? await writeDocument(tx, table, one) : null);
    await sql`release savepoint coppice_documents`.execute(tx);
    return written;
  } catch (error) {
    await sql`rollback to savepoint coppice_documents`.execute(tx);
    throw error;
  }
}

async function writeDocument(tx: Tx, table: LiveTable, { id, page, lifetimeDays }: Replacement): Promise<Written> {
  const { mapping, chunks } = table;
  const values = [...dates(mapping, lifetimeDays), ...(page === null ? [] : contents(mapping, page))];
  await sql`update ${tableRef(mapping.table)} d set ${assignments(values, table.rows.columns)}
    where ${columnRef('d', mapping.id)} = any(${idArray(table, [id])})`.execute(tx);
  if (page === null || page.chunks === null || chunks === null) return { chunks: 0, removedChunks: 0 };
  return replaceChunks(tx, chunks, id, page.hash, page.chunks);
}

function dates({ expiresAt, fetchedAt }: CollectionMapping, lifetimeDays: number): FieldValue[] {
  const end = sql`(now() + make_interval(secs => ${lifetimeDays * 86_400}))`;
  return [
    ...(expiresAt === null ? [] : [timeValue(expiresAt, end)]),
    ...(fetchedAt === null ? [] : [timeValue(fetchedAt, sql`now()`)]),
  ];
}

function contents(mapping: CollectionMapping, page: NonNullable<Replacement['page']>): FieldValue[] {
  const { title, content, contentHash, quality } = mapping;
  return [
    ...(title === null || page.title === null ? [] : [textValue(title, page.title)]),
    ...(content === null ? [] : [textValue(content, page.text)]),
    ...(contentHash === null ? [] : [textValue(contentHash, page.hash)]),
    ...(quality === null ? [] : [numberValue(quality, page.quality)]),
  ];
}
