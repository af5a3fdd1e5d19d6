import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../../database/schema.ts';
import { comparedMapping, type GraphMapping, type GraphTable } from '../../../domain/graph-mapping.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { GraphInspection } from '../../ports/graph-store.ts';
import { display, tableInfo } from '../schema/table-info.ts';
import { effectsOfTables, unaccepted } from '../schema/unseen-effects.ts';
import type { PostgresMapping } from './scope.ts';

interface Wanted {
  readonly table: TableName;
  readonly columns: readonly (string | null | undefined)[];
  /** Together they name one row. */
  readonly key: readonly string[];
}

/** Compares the mapping with the live schema. Reads the catalogue only. */
export async function inspectGraph(db: Db, mapping: PostgresMapping): Promise<GraphInspection> {
  return inspectTables(db, mapping, wantedTables(mapping), mapping.mapped, comparedMapping(mapping));
}

/** @param fingerprinted the part of the mapping that is about these tables */
export async function inspectTables(
  db: Db,
  { name, accept }: Pick<GraphMapping, 'name' | 'accept'>,
  wanted: readonly Wanted[],
  mapped: boolean,
  fingerprinted: object,
): Promise<GraphInspection> {
  const problems: string[] = [];
  const live = [];
  for (const { table, columns, key } of wanted) {
    const info = await tableInfo(db, table);
    live.push(info?.columns ?? null);
    if (info === null) {
      const hint = mapped ? 'check the mapping' : 'run `coppice migrate`';
      problems.push(`table ${display(table)} does not exist, or this role cannot see it: ${hint}`);
      continue;
    }
    const names = new Set(info.columns.map((column) => column.name));
    const missing = columns.flatMap((name) => (typeof name === 'string' && !names.has(name) ? [name] : []));
    problems.push(...missing.map((name) => `column ${display(table)}.${name} does not exist`));
    if (missing.length === 0 && !(await isUnique(db, table, key))) {
      problems.push(
        `${display(table)} has no unique index on ${key.join(', ')} or fewer of them: an id must name one row`,
      );
    }
  }
  const effects = await effectsOfTables(
    db,
    wanted.map(({ table }) => table),
  );
  problems.push(...unaccepted(effects, accept, `graphs.${name}.accept`));
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([fingerprinted, live]))
    .digest('hex')
    .slice(0, 16);
  return { problems, fingerprint };
}

function wantedTables({ place }: PostgresMapping): Wanted[] {
  const { documents, entities, mentions, relations, vectors } = place;
  return [
    wantedTable(documents),
    wantedTable(entities),
    ...(mentions === null
      ? []
      : [
          {
            table: mentions.table,
            columns: [mentions.group, mentions.document, mentions.entity, mentions.createdAt?.column],
            key: [mentions.group, mentions.document, mentions.entity],
          },
        ]),
    wantedTable(relations, relations.source, relations.target, relations.document, relations.weight),
    ...(vectors === null ? [] : [wantedTable(vectors, vectors.document, vectors.entity)]),
  ];
}

export function wantedTable(
  { table, id, group, createdAt, deprecatedAt }: GraphTable,
  ...more: (string | null)[]
): Wanted {
  return {
    table,
    columns: [id, group, createdAt?.column, deprecatedAt?.column, ...more],
    key: [group, id],
  };
}

/** Whether some unique index needs no other column than these. */
async function isUnique(db: Db, table: TableName, key: readonly string[]): Promise<boolean> {
  const { rows } = await sql<{ unique: boolean }>`
    select exists (
      select from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${table.schema} and c.relname = ${table.name}
        and i.indisunique and i.indpred is null and i.indisvalid and not exists (
          select from generate_series(0, i.indnkeyatts - 1) at
            left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[at]
          where a.attname is null or a.attname <> all(${key}::text[])
        )
    ) as unique`.execute(db);
  return rows[0]?.unique === true;
}
