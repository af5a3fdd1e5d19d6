import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { TableName } from '../../domain/mapping.ts';
import { ownResultTable, type ResultTable, resultTables } from '../../domain/result-tables.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { hasResultTables, isMissing, mappedName, resultColumns } from './tables.ts';

/**
 * Types of columns, as PostgreSQL writes them, that hold every value of the type that Coppice gives its own and compare as it
 * does. A length limit would refuse values, and instants are written with three decimals of a second.
 */
const alsoHolds: Readonly<Record<string, readonly string[]>> = {
  text: ['character varying'],
  'text[]': ['character varying[]'],
  integer: ['bigint'],
  jsonb: ['json'],
  'timestamp with time zone': [3, 4, 5, 6].map((digits) => `timestamp(${digits}) with time zone`),
};

interface LiveColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly filled: boolean;
  readonly generated: boolean;
}

/** Returns a sentence for each mapped table of results that does not fit. Reads the catalogue only. */
export async function resultTableProblems(db: Db): Promise<readonly string[]> {
  const problems = [];
  for (const name of resultTables) {
    const table = mappedName(db, name);
    if (table !== null) problems.push(...(await problemsOf(db, name, table)));
  }
  return problems;
}

/** Rejects where a mapped table does not fit. */
export async function checkResultTables(db: Db): Promise<void> {
  const problems = await resultTableProblems(db);
  if (problems.length > 0) throw new StoreError('StoreRefusedError', problems.join('; '));
}

/** As `hasResultTables`, before anything is written: rejects where a mapped table does not fit. */
export async function requireResultTables(db: Db): Promise<boolean> {
  await checkResultTables(db);
  return hasResultTables(db);
}

async function problemsOf(db: Db, name: ResultTable, table: TableName): Promise<string[]> {
  const own = ownResultTable(name);
  const former =
    (await relationOf(db, own)) === undefined
      ? []
      : [
          `table ${own.schema}.${own.name} exists beside ${table.schema}.${table.name} of intelligence.tables.${name}: ` +
            'move its rows there and drop it, because `coppice forget` does not reach it',
        ];
  return [...former, ...(await fitProblems(db, name, table))];
}

async function relationOf(db: Db, { schema, name }: TableName): Promise<{ oid: string; kind: string } | undefined> {
  const { rows } = await sql<{ oid: string; kind: string }>`
    select c.oid::text as oid, c.relkind::text as kind from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${schema} and c.relname = ${name}`.execute(db);
  return rows[0];
}

async function fitProblems(db: Db, name: ResultTable, table: TableName): Promise<string[]> {
  const relation = await relationOf(db, table);
  if (relation === undefined) return [isMissing(name, table)];
  const where = `${table.schema}.${table.name} of intelligence.tables.${name}`;
  if (relation.kind !== 'r' && relation.kind !== 'p')
    return [`${where} is no table: map the table that holds the rows`];
  const { key } = resultColumns(name);
  const problems = await columnProblems(db, name, relation.oid);
  if (problems.length === 0 && !(await isUnique(db, relation.oid, key))) {
    problems.push(`(${key.join(', ')}) needs a unique index`);
  }
  return problems.length === 0
    ? []
    : [`table ${where} does not fit: ${problems.join(', ')}; docs/intelligence.md describes the columns`];
}

async function columnProblems(db: Db, name: ResultTable, oid: string): Promise<string[]> {
  const wanted = Object.entries(resultColumns(name).columns).map(([column, text]) => {
    const type = text.replace(/ not null.*$/, '');
    return { column, type, nullable: type === text, hasDefault: text.includes(' default ') };
  });
  const { rows: live } = await sql<LiveColumn>`
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
      a.atthasdef or a.attidentity <> '' as filled, a.attgenerated <> '' as generated
    from pg_attribute a where a.attrelid = ${oid}::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`.execute(
    db,
  );
  const { rows: types } = await sql<{ given: string; full: string }>`
    select given, format_type(to_regtype(given), null) as full
    from unnest(${[...new Set(wanted.map(({ type }) => type))]}::text[]) given`.execute(db);
  const fullName = new Map(types.map(({ given, full }) => [given, full]));
  const columns = new Map(live.map((one) => [one.name, one]));
  const own = wanted.flatMap(({ column, type, nullable, hasDefault }) => {
    const one = columns.get(column);
    const full = fullName.get(type) ?? type;
    if (one === undefined) return [`column ${column} (${full}) is missing`];
    const others = alsoHolds[full] ?? [];
    if (one.type !== full && !others.includes(one.type)) {
      return [`column ${column} is ${one.type} and must be ${[full, ...others].join(' or ')}`];
    }
    if (one.generated) return [`column ${column} is generated and must be writable`];
    if (nullable && one.required) return [`column ${column} must allow null`];
    return hasDefault && !one.filled ? [`column ${column} needs a default of now()`] : [];
  });
  const others = live
    .filter((one) => !wanted.some(({ column }) => column === one.name))
    .filter(({ required, filled, generated }) => required && !filled && !generated);
  return [
    ...own,
    ...others.map((one) => `column ${one.name}, which Coppice does not write, is not null without a default`),
  ];
}

/** By an index that an insert can name as what it conflicts with: on exactly these columns, and not deferrable. */
async function isUnique(db: Db, oid: string, key: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ names: string[] }>`
    select (select jsonb_agg(a.attname) from unnest(i.indkey::int2[]) with ordinality k (no, at)
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.no where k.at <= i.indnkeyatts) as names
    from pg_index i where i.indrelid = ${oid}::oid and i.indisunique and i.indimmediate and i.indisvalid
      and i.indexprs is null and i.indpred is null`.execute(db);
  return rows.some(({ names }) => names.length === key.length && key.every((column) => names.includes(column)));
}
