import { sql } from 'kysely';
import type { Db, Tx } from '../../state/schema.ts';
import type { NewChunk, Written } from '../ports/refresh-table.ts';
import { chunkUuid } from '../weaviate/chunk-uuid.ts';
import { castType } from './column-type.ts';
import { columnRef, quoted, tableRef } from './fields.ts';
import type { LiveChunks } from './table.ts';
import { standingDimensions } from './write-chunks.ts';

interface ColumnRules {
  readonly name: string;
  /** Must have a value, and gets none by itself. */
  readonly demanded: boolean;
  /** Of a `vector(n)`, else `null`. */
  readonly dimensions: number | null;
}

/** Integers are the table's own to draw; every other kind of id is made from the document's id and the text's hash. */
const drawnTypes = new Set(['smallint', 'integer', 'bigint']);
const madeTypes = new Set(['text', 'character varying', 'uuid', 'citext', 'bpchar']);

export async function chunkProblems(db: Db, chunks: LiveChunks, dimensions: number | null): Promise<string[]> {
  const { place } = chunks;
  const name = `${place.table.schema}.${place.table.name}`;
  const columns = await columnRules(db, chunks);
  const problems: string[] = [];
  if (!columns.some((column) => column.name === place.text)) {
    problems.push(`${name} has no column ${place.text} for a chunk's text: map vectors.text`);
  }
  const type = idType(chunks);
  const own = columns.find((column) => column.name === place.id);
  if (drawnTypes.has(type) ? own?.demanded === true : !madeTypes.has(type)) {
    problems.push(`${name}.${place.id} is ${type} without a default: nothing says what id a new chunk gets`);
  }
  const filled = new Set([place.id, place.document, place.text, place.vector]);
  for (const column of columns) {
    if (column.demanded && !filled.has(column.name)) {
      problems.push(`${name}.${column.name} must not be null and has no default: a new chunk has nothing to put there`);
    }
  }
  if (dimensions === null) return problems;
  const fixed = columns.find((column) => column.name === place.vector)?.dimensions ?? null;
  const expected = fixed ?? (await standingDimensions(db, place));
  if (expected !== null && expected !== dimensions) {
    problems.push(`vectors of ${name} have ${expected} dimensions, those of the configured embeddings ${dimensions}`);
  }
  return problems;
}

async function columnRules(db: Db, { place }: LiveChunks): Promise<ColumnRules[]> {
  const { rows } = await sql<ColumnRules>`
    select a.attname as name,
      a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as demanded,
      substring(format_type(a.atttypid, a.atttypmod) from '^(?:.*\\.)?(?:vector|halfvec)\\((\\d+)\\)$')::int as dimensions
    from pg_attribute a where a.attrelid = to_regclass(${quoted(place.table)}) and a.attnum > 0
      and not a.attisdropped order by a.attnum`.execute(db);
  return rows;
}

function idType({ place, source }: LiveChunks): string {
  return castType(source.columns, place.id);
}

/**
 * A document's chunks, in one transaction: whoever searches sees the old ones or the new ones. What the application keeps
 * in further columns is kept where all old chunks say the same there.
 */
export async function replaceChunks(
  tx: Tx,
  chunks: LiveChunks,
  documentId: string,
  hash: string,
  news: readonly NewChunk[],
): Promise<Written> {
  const { place } = chunks;
  const drawn = drawnTypes.has(idType(chunks));
  const own = [...(drawn ? [place.id] : []), ...[place.document, place.text, place.vector]];
  const others = chunks.writable.filter((name) => !own.includes(name) && name !== place.id);
  const documentType = chunks.documentType ?? sql.raw(castType(chunks.source.columns, place.document));
  const gone = await sql<{ removed: number; common: string }>`
    with gone as (
      delete from ${tableRef(place.table)} c where ${columnRef('c', place.document)} = ${documentId}::text::${documentType}
      returning to_jsonb(c) as chunk
    ),
    common as (
      select f.key, (array_agg(f.value))[1] as value from gone, jsonb_each(gone.chunk) f
      where f.key = any(${others}::text[]) and f.value <> 'null'::jsonb
      group by f.key having count(distinct f.value) = 1 and count(*) = (select count(*) from gone)
    )
    select (select count(*) from gone)::int8 as removed,
      coalesce((select jsonb_object_agg(key, value) from common), '{}'::jsonb)::text as common`.execute(tx);
  const { removed = 0, common = '{}' } = gone.rows[0] ?? {};
  const kept = others.filter((name) => Object.hasOwn(parsed(common), name));
  if (news.length > 0) {
    const rows = news.map(({ text, vector }, at) => ({
      ...(drawn ? {} : { [place.id]: chunkId(chunks, documentId, hash, at) }),
      [place.document]: documentId,
      [place.text]: text,
      [place.vector]: vector === null ? null : `[${vector.join(',')}]`,
    }));
    const columns = [...(drawn ? [] : [place.id]), place.document, place.text, place.vector, ...kept];
    await sql`insert into ${tableRef(place.table)} (${sql.join(columns.map((name) => sql.id(name)))})
      select ${sql.join(columns.map((name) => columnRef('n', name)))}
      from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) with ordinality e (chunk, at),
        jsonb_populate_record(null::${tableRef(place.table)}, ${common}::jsonb || e.chunk) n
      order by e.at`.execute(tx);
  }
  return { chunks: news.length, removedChunks: removed };
}

function parsed(text: string): object {
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? value : {};
}

/** Numbered within the document where the table allows it, as `coppice load` does. */
function chunkId(chunks: LiveChunks, documentId: string, hash: string, at: number): string {
  const uuid = idType(chunks) === 'uuid';
  return uuid || chunks.uniqueIds ? chunkUuid(documentId, `${hash}:${at}`) : String(at);
}
