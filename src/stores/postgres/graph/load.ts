import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { GraphLine } from '../../ports/graph-loading.ts';
import type { PostgresMapping } from './scope.ts';

/** Columns of the default schema with their types, as a line's keys name them. */
const columns: Readonly<Record<GraphLine['type'], Readonly<Record<string, string>>>> = {
  document: { group_id: 'text', id: 'text', name: 'text', created_at: 'timestamptz', deprecated_at: 'timestamptz' },
  entity: {
    ...{ group_id: 'text', id: 'text', name: 'text', entity_type: 'text', summary: 'text', embedding: 'vector' },
    ...{ created_at: 'timestamptz', deprecated_at: 'timestamptz' },
  },
  mention: { group_id: 'text', document: 'text', entity: 'text', created_at: 'timestamptz' },
  relation: {
    ...{
      group_id: 'text',
      id: 'text',
      source: 'text',
      target: 'text',
      document: 'text',
      name: 'text',
      summary: 'text',
    },
    ...{ weight: 'float8', embedding: 'vector', created_at: 'timestamptz', deprecated_at: 'timestamptz' },
  },
  vector: {
    ...{ group_id: 'text', id: 'text', document: 'text', entity: 'text', name: 'text', embedding: 'vector' },
    ...{ created_at: 'timestamptz', deprecated_at: 'timestamptz' },
  },
};

const renamed: Readonly<Record<string, string>> = { document: 'document_id', entity: 'entity_id' };
const keyOf = (type: GraphLine['type']) =>
  type === 'mention' ? ['group_id', 'document', 'entity'] : ['group_id', 'id'];

/** Of several lines with the same id the last counts. */
export async function loadLines(tx: Tx, { place }: PostgresMapping, lines: readonly GraphLine[]): Promise<void> {
  const { documents, entities, mentions, relations, vectors } = place;
  const tables: Readonly<Record<GraphLine['type'], TableName | undefined>> = {
    document: documents.table,
    entity: entities.table,
    mention: mentions?.table,
    relation: relations.table,
    vector: vectors?.table,
  };
  for (const [type, table] of Object.entries(tables)) {
    const some = lines.filter((line) => line.type === type);
    if (some.length > 0 && table !== undefined) await writeLines(tx, some[0]?.type ?? 'document', table, some);
  }
}

export async function writeLines(
  tx: Tx,
  type: GraphLine['type'],
  table: TableName,
  lines: readonly GraphLine[],
): Promise<void> {
  const names = Object.keys(columns[type]);
  const column = (name: string): RawBuilder<unknown> => sql.id(renamed[name] ?? name);
  const key = keyOf(type);
  const typed = names.map(
    (name) =>
      sql`${sql.id(name)} ${sql.raw(columns[type][name] === 'vector' ? 'text' : (columns[type][name] ?? 'text'))}`,
  );
  const value = (name: string) => {
    if (name === 'created_at') return sql`coalesce(l.created_at, now())`;
    return columns[type][name] === 'vector' ? sql`${sql.id('l', name)}::vector` : sql`${sql.id('l', name)}`;
  };
  const numbered = lines.map((line, no) => ({ ...line, no }));
  const distinct = sql.join(key.map((name) => sql.id('l', name)));
  await sql`insert into ${tableRef(table)} (${sql.join(names.map(column))})
    select distinct on (${distinct}) ${sql.join(names.map(value))}
    from jsonb_to_recordset(${JSON.stringify(numbered)}::jsonb) as l (no int, ${sql.join(typed)})
    order by ${distinct}, l.no desc
    on conflict (${sql.join(key.map(column))}) do update
      set ${sql.join(names.filter((name) => !key.includes(name)).map((name) => sql`${column(name)} = excluded.${column(name)}`))}`.execute(
    tx,
  );
}
