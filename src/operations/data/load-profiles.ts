import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Parts } from '../../assemble.ts';
import { tableRef } from '../../database/identifiers.ts';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { inTransaction } from '../../stores/postgres/chunks/chunk-table.ts';
import { statementTimeoutMs } from './load/batch-writer.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineLoader, type LoadOptions, loadLines } from './load/load-lines.ts';
import { loadableOf } from './load/loadable.ts';
import type { LineProblem } from './load/problem-list.ts';
import { type ProfileLine, readProfileLine } from './load/profile-line.ts';

export interface ProfileLoadResult {
  readonly collection: string;
  readonly loaded_attributes: number;
  readonly failed_lines: number;
  /** The first hundred. */
  readonly problems: readonly LineProblem[];
}

export interface ProfileLoadOptions extends LoadOptions {
  /** Not needed where there is one collection of attributes in the default schema. */
  readonly collection?: string | undefined;
}

const ofAnother = 'its id exists for another entity already: the attribute was not written';

/** Loads attributes into a collection of the default schema; one of the same entity with the same id is replaced. */
export async function loadProfiles(
  { db, collections }: Pick<Parts, 'db' | 'collections'>,
  source: AsyncIterable<InputLine>,
  { collection, ...options }: ProfileLoadOptions = {},
): Promise<ProfileLoadResult> {
  const mappings = collections.map(({ store }) => store.mapping);
  const mapping = loadableOf(mappings, 'attributes', collection);
  const loader: LineLoader<ProfileLine> = {
    read: readProfileLine,
    write: async (lines) => {
      const written = await inTransaction(db, statementTimeoutMs, options.signal, (tx) => write(tx, mapping, lines));
      return new Map(lines.flatMap((line) => (isWritten(line, written) ? [] : [[line, ofAnother]])));
    },
  };
  const { loaded, problems } = await loadLines(source, loader, options);
  return {
    collection: mapping.name,
    loaded_attributes: loaded,
    failed_lines: problems.count,
    problems: problems.first(),
  };
}

function isWritten({ id, entity_id: entity }: ProfileLine, written: ReadonlyMap<string, string>): boolean {
  return id == null || written.get(id) === entity;
}

/** Returns the entity of each row that was written, by its id. */
async function write(
  tx: Tx,
  { table }: CollectionMapping,
  lines: readonly ProfileLine[],
): Promise<ReadonlyMap<string, string>> {
  // The last of several lines with one id holds.
  const byId = new Map(lines.map((line) => [line.id ?? randomUUID(), line]));
  const given = [...byId].map(([id, { updated_at, ...line }]) => ({ ...line, id, updated_at: updated_at ?? null }));
  const { rows } = await sql<{ id: string; entity: string }>`insert into ${tableRef(table)} as a
      (id, entity_id, entity_type, bot_id, category, key, value, confidence, source, updated_at)
    select id, entity_id, coalesce(entity_type, 'user'), bot_id, coalesce(category, 'misc'), key, value, confidence, source,
      coalesce(updated_at, now())
    from jsonb_to_recordset(${JSON.stringify(given)}::jsonb) as r (id text, entity_id text, entity_type text, bot_id text,
      category text, key text, value text, confidence float8, source text, updated_at timestamptz)
    on conflict (id) do update set entity_type = excluded.entity_type, bot_id = excluded.bot_id,
      category = excluded.category, key = excluded.key, value = excluded.value, confidence = excluded.confidence,
      source = excluded.source, updated_at = excluded.updated_at
      where a.entity_id = excluded.entity_id
    returning a.id, a.entity_id as entity`.execute(tx);
  return new Map(rows.map(({ id, entity }) => [id, entity]));
}
