import { type RawBuilder, sql } from 'kysely';
import { quoted } from '../../database/identifiers.ts';
import { type RenamedTable, renamableTable } from '../../database/renamed-tables.ts';
import type { Db, Tx } from '../../database/schema.ts';
import type { TableName } from '../../domain/mapping.ts';
import { type MappedResultTables, ownResultTable, type ResultTable, resultTables } from '../../domain/result-tables.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { ensureSchema } from '../migrate.ts';

interface Definition {
  /** Type, `not null` and default of each column. */
  readonly columns: Readonly<Record<string, string>>;
  readonly key: readonly string[];
  /** `suffix`: the end of the index's name, after that of the table. */
  readonly indexes: readonly { readonly suffix: string; readonly columns: readonly string[] }[];
  readonly unique?: readonly string[];
}

/**
 * Tables of results about questions: the columns with their types, and the key. `docs/intelligence.md` describes them. A
 * table that an application has in place of one of them needs the same columns.
 */
const definitions: Readonly<Record<ResultTable, Definition>> = {
  topic_extractions: {
    columns: {
      collection: 'text not null',
      query_id: 'text not null',
      user_id: 'text not null',
      asked_at: 'timestamptz not null',
      language: 'text',
      method: 'text not null',
      phrases: 'text[] not null',
      terms: 'text[] not null',
      question_key: 'text not null',
      answered: 'boolean not null',
      answer_score: 'double precision',
      topic_id: 'text',
      topic: 'text',
      organisation_topic_id: 'text',
      extracted_at: 'timestamptz not null default now()',
      source_hash: 'bigint',
    },
    key: ['collection', 'query_id'],
    indexes: [
      { suffix: 'user', columns: ['collection', 'user_id', 'asked_at'] },
      { suffix: 'asked_at', columns: ['collection', 'asked_at'] },
    ],
  },
  user_insights: {
    columns: {
      id: 'text not null',
      collection: 'text not null',
      scope: 'text not null',
      user_id: 'text not null',
      kind: 'text not null',
      subject_type: 'text not null',
      subject: 'text not null',
      title: 'text not null',
      statistic: 'jsonb not null',
      evidence: 'jsonb not null',
      period_start: 'timestamptz not null',
      period_end: 'timestamptz not null',
      first_seen: 'timestamptz not null',
      updated_at: 'timestamptz not null default now()',
    },
    key: ['id'],
    indexes: [{ suffix: 'period', columns: ['scope', 'user_id', 'period_end'] }],
  },
  org_knowledge: {
    columns: {
      collection: 'text not null',
      topic_id: 'text not null',
      topic: 'text not null',
      phrases: 'text[] not null',
      users_at_least: 'integer not null',
      questions_at_least: 'integer not null',
      first_asked: 'date not null',
      last_asked: 'date not null',
      updated_at: 'timestamptz not null default now()',
    },
    key: ['collection', 'topic_id'],
    indexes: [],
  },
  intelligence_reports: {
    columns: {
      id: 'text not null',
      collection: 'text not null',
      scope: 'text not null',
      user_id: 'text not null',
      report_type: 'text not null',
      period_start: 'timestamptz not null',
      period_end: 'timestamptz not null',
      method: 'text not null',
      report: 'jsonb not null',
      created_at: 'timestamptz not null default now()',
    },
    key: ['id'],
    indexes: [],
    unique: ['collection', 'scope', 'user_id', 'report_type', 'period_start'],
  },
};

export function resultTable(name: ResultTable): RawBuilder<unknown> {
  return renamableTable(ownResultTable(name));
}

/** Statements of a connection pool with these names use the mapped tables; statements of another one use Coppice's own. */
export function renamedResultTables(mapped: MappedResultTables): RenamedTable[] {
  return resultTables.flatMap((name) => {
    const to = mapped[name];
    return to === undefined ? [] : [{ from: ownResultTable(name), to }];
  });
}

/** Columns of a table of results, by which an application's table in its place is judged. */
export function resultColumns(name: ResultTable): Pick<Definition, 'columns' | 'key'> {
  return definitions[name];
}

/** Makes those that are not mapped: a mapped one is the application's. */
export async function ensureResultTables(tx: Tx): Promise<void> {
  const own = resultTables.filter((name) => mappedName(tx, name) === null);
  for (const schema of new Set(own.map((name) => ownResultTable(name).schema))) await ensureSchema(tx, schema);
  for (const name of own) {
    const { columns, key, unique } = definitions[name];
    const lines = [
      ...Object.entries(columns).map(([column, type]) => `${column} ${type}`),
      `primary key (${key.join(', ')})`,
      ...(unique === undefined ? [] : [`unique (${unique.join(', ')})`]),
    ];
    await sql`create table if not exists ${resultTable(name)} (${sql.raw(lines.join(', '))})`.execute(tx);
  }
  for (const name of own) {
    for (const { suffix, columns } of definitions[name].indexes) {
      await sql`create index if not exists ${sql.id(`${name}_${suffix}`)} on ${resultTable(name)}
        (${sql.raw(columns.join(', '))})`.execute(tx);
    }
  }
}

/** The table that statements of this pool use in place of Coppice's own; `null`: they use that one. */
export function mappedName(db: Db, name: ResultTable): TableName | null {
  const { sql: used } = resultTable(name).compile(db);
  if (used === quoted(ownResultTable(name))) return null;
  // The configuration allows plain identifiers only.
  const [schema = '', table = ''] = used.slice(1, -1).split('"."');
  return { schema, name: table };
}

/**
 * Coppice's own exist once a collection of questions is configured and the database was migrated. Rejects where a mapped
 * one does not exist, because results would be neither found nor forgotten.
 */
export async function hasResultTables(db: Db): Promise<boolean> {
  const names = resultTables.map((name) => quoted(mappedName(db, name) ?? ownResultTable(name)));
  const { rows } = await sql<{ missing: string[] }>`
    select array(select name from unnest(${names}::text[]) name where to_regclass(name) is null) as missing`.execute(
    db,
  );
  const missing = rows[0]?.missing ?? names;
  for (const name of resultTables) {
    const mapped = mappedName(db, name);
    if (mapped !== null && missing.includes(quoted(mapped)))
      throw new StoreError('StoreRefusedError', isMissing(name, mapped));
  }
  return missing.length === 0;
}

/** A sentence about a mapped table that does not exist. */
export function isMissing(name: ResultTable, table: TableName): string {
  return `table ${table.schema}.${table.name} of intelligence.tables.${name} does not exist, or this role cannot see it: create it with the columns in docs/intelligence.md`;
}
