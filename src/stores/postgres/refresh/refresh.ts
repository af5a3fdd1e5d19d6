import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import { hasKey, idArrays, idText, isOneOf, keyNames } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { RefreshTable, Replacement, StandingDocument, Written } from '../../ports/refresh-table.ts';
import { chunkProblems } from '../chunks/refresh-chunks.ts';
import { replaceChunks } from '../chunks/replace-chunks.ts';
import { textOf } from '../fields.ts';
import { judgeRow } from '../rules/index.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { assignments, type FieldValue, numberValue, textValue, timeValue } from './write-fields.ts';

/** Reading and writing of rows for the refresh. A row's version is its `xmin`: any write since shows. */
export function createRefreshTable(table: LiveTable): RefreshTable {
  const { mapping, chunks } = table;
  const own = (partition: string) =>
    sql`${textOf('d', mapping.partition)} = ${partition} and ${inCollection('d', mapping)}`;
  return {
    problems: async (db, dimensions) => (chunks === null ? [] : chunkProblems(db, chunks, dimensions)),
    forgetStrangers: async (db) => {
      await sql`delete from coppice.sources s where s.collection = ${mapping.name}
        and not exists (select from ${tableRef(mapping.table)} d where ${idText('d', mapping)} = s.row_id)`.execute(db);
    },
    read: async (db, { partition, rule }, ids) => {
      if (ids.length === 0 || mapping.url === null) return [];
      const { rows } = await sql<StandingDocument>`
        select ${idText('d', mapping)} as id, d.xmin::text as version,
          btrim(${textOf('d', mapping.url)}) as url, ${hashOf(mapping)} as hash,
          ${bytesOf(mapping)} as bytes
        from ${tableRef(mapping.table)} d
        where ${isOneOf('d', table, ids)} and ${own(partition)}
          and ${judgeRow('d', mapping, rule).due}`.execute(db);
      return rows;
    },
    content: async (db, id) => {
      if (mapping.content === null) return null;
      const { rows } = await sql<{ content: string | null }>`
        select ${textOf('d', mapping.content)} as content from ${tableRef(mapping.table)} d
        where ${isOneOf('d', table, [id])}`.execute(db);
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

function bytesOf({ content }: CollectionMapping): RawBuilder<number> {
  return content === null ? sql`0` : sql`coalesce(octet_length(convert_to(${textOf('d', content)}, 'UTF8')), 0)`;
}

async function unchanged(
  tx: Tx,
  table: LiveTable,
  own: RawBuilder<unknown>,
  versions: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const { mapping } = table;
  const id = idText('d', mapping);
  // Locked first and compared as it then stands: a condition on the version could be judged on the row as it was.
  const { rows } = await sql<{ id: string; version: string }>`
    select ${id} as id, d.xmin::text as version from ${tableRef(mapping.table)} d
    where ${isOneOf('d', table, [...versions.keys()])} and ${own} order by 1 for update of d`.execute(tx);
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
    const written = await writeDocuments(
      tx,
      table,
      replacements.filter(({ id }) => standing.has(id)),
    );
    await sql`release savepoint coppice_documents`.execute(tx);
    return new Map(replacements.map(({ id }) => [id, written.get(id) ?? null]));
  } catch (error) {
    await sql`rollback to savepoint coppice_documents`.execute(tx);
    throw error;
  }
}

/** A statement for each kind of change, however many documents: what a refresh costs the database is its round trips. */
async function writeDocuments(
  tx: Tx,
  table: LiveTable,
  replacements: readonly Replacement[],
): Promise<Map<string, Written>> {
  const alike = Map.groupBy(replacements, ({ page }) =>
    page === null ? 'dates' : page.title === null ? 'text' : 'all',
  );
  for (const [changes, group] of alike) await updateRows(tx, table, changes, group);
  const none = { chunks: 0, removedChunks: 0 };
  const chunked = replacements.flatMap(({ id, page }) =>
    page === null || page.chunks === null ? [] : [{ id, hash: page.hash, chunks: page.chunks }],
  );
  const { chunks } = table;
  const replaced = chunks === null || chunked.length === 0 ? null : await replaceChunks(tx, chunks, chunked);
  return new Map(replacements.map(({ id }) => [id, replaced?.get(id) ?? none]));
}

/** Fields that are written of a row: `text` keeps the existing title. */
type Changes = 'dates' | 'text' | 'all';

async function updateRows(tx: Tx, table: LiveTable, changes: Changes, group: readonly Replacement[]): Promise<void> {
  const { mapping } = table;
  const values = [...dates(mapping), ...(changes === 'dates' ? [] : contents(mapping, changes === 'all'))];
  const pages = group.map(({ page }) => page);
  await sql`update ${tableRef(mapping.table)} d set ${assignments(values, table.rows.columns)}
    from unnest(${sql.join(
      idArrays(
        table,
        group.map(({ id }) => id),
      ),
    )}, ${group.map((one) => one.lifetimeDays * 86_400)}::float8[],
      ${pages.map((page) => page?.title ?? null)}::text[], ${pages.map((page) => page?.text ?? null)}::text[],
      ${pages.map((page) => page?.hash ?? null)}::text[], ${pages.map((page) => page?.quality ?? null)}::text[])
      n(${sql.join(keyNames(mapping).map((name) => sql.id(name)))}, seconds, title, content, hash, quality)
    where ${hasKey('d', mapping, 'n')}`.execute(tx);
}

function dates({ expiresAt, fetchedAt }: CollectionMapping): FieldValue[] {
  const end = sql`(now() + make_interval(secs => n.seconds))`;
  return [
    ...(expiresAt === null ? [] : [timeValue(expiresAt, end)]),
    ...(fetchedAt === null ? [] : [timeValue(fetchedAt, sql`now()`)]),
  ];
}

function contents({ title, content, contentHash, quality }: CollectionMapping, withTitle: boolean): FieldValue[] {
  return [
    ...(title === null || !withTitle ? [] : [textValue(title, sql`n.title`)]),
    ...(content === null ? [] : [textValue(content, sql`n.content`)]),
    ...(contentHash === null ? [] : [textValue(contentHash, sql`n.hash`)]),
    ...(quality === null ? [] : [numberValue(quality, sql`n.quality`)]),
  ];
}
