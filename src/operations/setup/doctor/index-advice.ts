import { sql } from 'kysely';
import { quoted, quotedName, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { ownTables } from '../../../domain/children.ts';
import { fieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, TableName } from '../../../domain/mapping.ts';
import { idColumns, isComposite } from '../../../domain/row-id.ts';
import { documentKey, isPartOfId } from '../../../stores/postgres/scope.ts';

/** An index that would help. Printed, never run. */
export interface Advice {
  readonly sql: string;
  readonly why: string;
}

/**
 * Lists the indexes that Coppice needs and that are missing. Only the look-ups of batches count: the id always has a
 * unique index, and due rows are found in one scan a run, by design.
 */
export async function indexAdvice(db: Db, mapping: CollectionMapping): Promise<Advice[]> {
  return [
    ...(await documentAdvice(db, mapping)),
    ...(await chunkAdvice(db, mapping)),
    ...(await referenceAdvice(db, mapping)),
    ...(await linkAdvice(db, mapping)),
  ];
}

/** Before a memory is removed its user's links are looked up. The partition is compared as text, so that a column of text serves. */
async function linkAdvice(db: Db, mapping: CollectionMapping): Promise<Advice[]> {
  const { column, keys, through } = mapping.partition;
  if (fieldOf(mapping, 'links') === null || keys.length > 0 || through !== undefined) return [];
  if (!(await isText(db, mapping.table, column)) || (await servesLookup(db, mapping.table, column))) return [];
  const why =
    'each batch of memory-dedup and memory-cleanup looks up the links of a user, and reads the whole table for it';
  return [{ sql: await createIndex(db, mapping.table, quotedName(column)), why }];
}

async function isText(db: Db, table: TableName, column: string): Promise<boolean> {
  const { rows } = await sql<{ text: boolean }>`select atttypid in ('text'::regtype, 'varchar'::regtype) as text
    from pg_attribute where attrelid = to_regclass(${quoted(table)}) and attname = ${column}`.execute(db);
  return rows[0]?.text === true;
}

/** The other rows of a document are found by an expression, for which only an index on just that serves. */
async function documentAdvice(db: Db, mapping: CollectionMapping): Promise<Advice[]> {
  if (mapping.document === null || (await servesDocuments(db, mapping))) return [];
  const { column, keys } = mapping.document;
  const name = keys.length === 0 ? `${quotedName(column)}::text` : `${quotedName(column)} #>> ${literal(keys)}`;
  const expression = isPartOfId(mapping) ? name : `coalesce(${name}, ${idExpression(mapping)})`;
  const why = 'each batch, and an undo, finds the other rows of a document, and reads the whole table for it';
  return [{ sql: await createIndex(db, mapping.table, `(${expression})`), why }];
}

/** The text of an id as `idText` makes it. */
function idExpression(mapping: CollectionMapping): string {
  const columns = idColumns(mapping).map(quotedName);
  if (!isComposite(mapping)) return `${columns.join()}::text`;
  const texts = columns.map(
    (column) => `coalesce('"' || replace(replace(${column}::text, '\\', '\\\\'), '"', '\\"') || '"', 'null')`,
  );
  return `('[' || ${texts.join(` || ',' || `)} || ']')`;
}

/** The planner's own word, with the statement that is asked: whether an index says the same is for it to see. */
async function servesDocuments(db: Db, mapping: CollectionMapping): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    // However small the table is: it goes by an index if any serves.
    await sql`select set_config('enable_seqscan', 'off', true)`.execute(tx);
    const { rows } = await sql<{ 'QUERY PLAN': unknown }>`explain (format json)
      select from ${tableRef(mapping.table)} d
      where ${documentKey('d', mapping)} = any(array(select unnest('{a,b}'::text[])))`.execute(tx);
    // An index that only holds the columns is read whole.
    return JSON.stringify(rows).includes('"Index Cond"');
  });
}

function literal(keys: readonly string[]): string {
  const array = keys.map((key) => `"${key.replaceAll(/["\\]/g, '\\$&')}"`).join(',');
  return `'{${array.replaceAll("'", "''")}}'::text[]`;
}

async function chunkAdvice(db: Db, { vectors }: CollectionMapping): Promise<Advice[]> {
  if (vectors.in !== 'table' || (await servesLookup(db, vectors.table, vectors.document))) return [];
  const why = 'each batch, and an undo, finds chunks by their document, and reads the whole table for it';
  return [{ sql: await createIndex(db, vectors.table, quotedName(vectors.document)), why }];
}

/** Whether an index begins with the column: whole, valid, and of a kind that serves equality. */
async function servesLookup(db: Db, table: TableName, column: string): Promise<boolean> {
  const { rows } = await sql<{ serves: boolean }>`
    select exists (
      select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
      where i.indrelid = to_regclass(${quoted(table)}) and a.attname = ${column}
        and i.indisvalid and i.indpred is null and m.amname in ('btree', 'hash')
    ) as serves`.execute(db);
  return rows[0]?.serves === true;
}

interface Reference {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly referred: string;
}

/** PostgreSQL asks every table that refers to a row before the row goes. Without an index each row costs a scan of it. */
async function referenceAdvice(db: Db, mapping: CollectionMapping): Promise<Advice[]> {
  const tables = ownTables(mapping);
  // Chunks have advice of their own, and children without an index are refused.
  const [, ...own] = tables;
  const { rows } = await sql<Reference>`
    select n.nspname as schema, c.relname as name, k.confrelid::regclass::text as referred,
      (select array_agg(a.attname::text order by key.at) from unnest(k.conkey) with ordinality key (no, at)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.no) as columns
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
    where k.contype = 'f' and k.conparentid = 0
      and k.confrelid in (select to_regclass(t) from unnest(${tables.map(quoted)}::text[]) t)
      and not k.conrelid in (select to_regclass(t) from unnest(${own.map(quoted)}::text[]) t)
      and not exists (
        select from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
        where i.indrelid = k.conrelid and i.indisvalid and i.indpred is null and m.amname in ('btree', 'hash')
          and i.indkey[0] = any(k.conkey)
      )
    order by 1, 2`.execute(db);
  const advice = [];
  for (const { schema, name, columns, referred } of rows) {
    const why = `${schema}.${name} refers to ${referred}: each deleted row is looked for in the whole table`;
    advice.push({ sql: await createIndex(db, { schema, name }, columns.map(quotedName).join(', ')), why });
  }
  return advice;
}

async function createIndex(db: Db, table: TableName, what: string): Promise<string> {
  const { rows } = await sql<{ partitioned: boolean }>`
    select relkind = 'p' as partitioned from pg_class where oid = to_regclass(${quoted(table)})`.execute(db);
  // PostgreSQL cannot do this one beside others' work.
  const how = rows[0]?.partitioned === true ? 'CREATE INDEX' : 'CREATE INDEX CONCURRENTLY';
  return `${how} ON ${quoted(table)} (${what});`;
}
