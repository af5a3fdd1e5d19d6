import { sql } from 'kysely';
import { quoted } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { castType } from '../schema/column-type.ts';
import type { LiveChunks } from '../table.ts';
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
  if (drawsIds(chunks) ? own?.demanded === true : !madeTypes.has(type)) {
    problems.push(`${name}.${place.id} is ${type} without a default: a new chunk would have no id`);
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

export function idType({ place, source }: LiveChunks): string {
  return castType(source.columns, place.id);
}

export function drawsIds(chunks: LiveChunks): boolean {
  return drawnTypes.has(idType(chunks));
}
