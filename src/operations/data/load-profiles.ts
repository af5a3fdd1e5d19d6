import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Parts } from '../../assemble.ts';
import { named } from '../../database/errors.ts';
import { tableRef } from '../../database/identifiers.ts';
import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { InputLine } from './load/lines-of-file.ts';
import { type LineProblem, ProblemList } from './load/problem-list.ts';
import { type ProfileLine, readProfileLine } from './load/profile-line.ts';
import { NotLoadableError } from './load/target.ts';
import { type NumberedLine, writeAccepted } from './load/write-accepted.ts';

export interface ProfileLoadResult {
  readonly collection: string;
  readonly loaded_attributes: number;
  readonly failed_lines: number;
  /** The first of them. */
  readonly problems: readonly LineProblem[];
}

export interface ProfileLoadOptions {
  readonly collection?: string | undefined;
  readonly signal?: AbortSignal;
  /** Called with the lines written so far. */
  readonly onProgress?: (progress: { lines: number; loaded: number }) => void;
}

const batchLines = 1_000;

/** Loads attributes from lines of JSON into a table of the default schema. An attribute with the same id is replaced. */
export async function loadProfiles(
  parts: Parts,
  source: AsyncIterable<InputLine>,
  options: ProfileLoadOptions = {},
): Promise<ProfileLoadResult> {
  const mapping = targetOf(parts, options.collection);
  const problems = new ProblemList();
  let [batch, loaded, number]: [NumberedLine<ProfileLine>[], number, number] = [[], 0, 0];
  const flush = async () => {
    const load = (lines: readonly ProfileLine[]) => write(parts.db, mapping, lines);
    loaded += (await writeAccepted(load, batch, problems, options.signal)).length;
    options.onProgress?.({ lines: number, loaded });
    batch = [];
  };
  for await (const line of source) {
    number += 1;
    options.signal?.throwIfAborted();
    if (typeof line === 'string' && line.trim() === '') continue;
    const reading = readProfileLine(line);
    if ('problem' in reading) problems.add(number, reading.problem);
    else batch.push({ number, line: reading.line });
    if (batch.length >= batchLines) await flush();
  }
  await flush();
  return {
    ...{ collection: mapping.name, loaded_attributes: loaded },
    ...{ failed_lines: problems.count, problems: problems.first() },
  };
}

function targetOf({ collections }: Parts, name: string | undefined): CollectionMapping {
  const own = collections.map(({ store }) => store.mapping);
  const loadable = own.filter((mapping) => kindOf(mapping) === 'attributes' && !mapping.mapped);
  const [only] = loadable;
  const found = name === undefined && loadable.length === 1 ? only : loadable.find((one) => one.name === name);
  if (found !== undefined) return found;
  const hint =
    only === undefined
      ? 'Add a collection of the default schema to the configuration: collections: {profiles: {kind: attributes}}.'
      : `Collections of attributes in the default schema are: ${loadable.map((one) => one.name).join(', ')}.`;
  if (name === undefined) throw new NotLoadableError('no collection of attributes is named', hint);
  const known = own.find((one) => one.name === name);
  const why =
    known === undefined
      ? `there is no collection '${name}'`
      : `collection '${name}' cannot be loaded: ${known.mapped ? "its table is the application's own" : `it holds ${kindOf(known)}, not attributes`}`;
  throw new NotLoadableError(why, hint);
}

async function write(db: Db, { table }: CollectionMapping, lines: readonly ProfileLine[]): Promise<void> {
  // The last of several lines with one id holds.
  const byId = new Map(lines.map((line) => [line.id ?? randomUUID(), line]));
  const rows = [...byId].map(([id, { updated_at, ...line }]) => ({ ...line, id, updated_at: updated_at ?? null }));
  if (rows.length === 0) return;
  await named(() =>
    boundedTransaction(db, async (tx) => {
      await sql`insert into ${tableRef(table)} as a
        (id, entity_id, entity_type, bot_id, category, key, value, confidence, source, updated_at)
        select id, entity_id, coalesce(entity_type, 'user'), bot_id, coalesce(category, 'misc'), key, value, confidence, source,
          coalesce(updated_at, now())
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id text, entity_id text, entity_type text, bot_id text,
          category text, key text, value text, confidence float8, source text, updated_at timestamptz)
        on conflict (id) do update set entity_id = excluded.entity_id, entity_type = excluded.entity_type,
          bot_id = excluded.bot_id, category = excluded.category, key = excluded.key, value = excluded.value,
          confidence = excluded.confidence, source = excluded.source, updated_at = excluded.updated_at`.execute(tx);
    }),
  );
}
