import { type CollectionSettings, collectionSchema } from '../../../config/collection-schema.ts';
import { toMapping } from '../../../config/mapping.ts';
import { fieldOf, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping, Field, TimeField } from '../../../domain/mapping.ts';
import type { HygieneTable } from '../../../stores/postgres/hygiene/hygiene-table.ts';
import type { FoundCollection } from '../init/findings.ts';
import { isVector, type LiveTable, typeOf } from '../init/live-tables.ts';
import { scopeNames, textNames } from './field-names.ts';

/** A table that is checked. */
export interface Subject {
  readonly name: string;
  /** The application that made it; `vectors`: a table with a column of pgvector that nobody is known to have made. */
  readonly shape: string;
  readonly about: string;
  readonly live: LiveTable;
  readonly table: HygieneTable;
}

/** A table of a known kind as it would be mapped. */
export function subjectOfCollection(found: FoundCollection): Subject {
  const { name, shape, about, table: live } = found;
  const settings = Object.fromEntries(
    found.lines.filter(({ off }) => off !== true).map(({ key, value }) => [key, value]),
  );
  const mapping = toMapping(name, found.lines.length === 0 ? null : collectionSchema.parse(settings));
  return { name, shape, about, live, table: hygieneOf(mapping, live, true, textColumns[shape] ?? null) };
}

/** Columns that hold the text of a row where the mapping names none. */
const textColumns: Readonly<Record<string, string>> = { langgraph_store: 'value' };

/** Columns that only memories of users have. */
const memoryNames = ['last_accessed_at', 'access_count', 'importance', 'tier'];
const dateNames = ['created_at', 'inserted_at', 'ingested_at', 'created', 'timestamp', 'updated_at'];

/** Any other table with a column of pgvector and a key of one column; `null`: it has not both. */
export function subjectOfVectors(live: LiveTable): Subject | null {
  const vector = live.columns.find(({ type }) => isVector(type))?.name;
  const [id] = live.key;
  if (vector === undefined || id === undefined || live.key.length > 1) return null;
  const scope = scopeNames.find((column) => typeOf(live, column) !== null);
  const isMemory = scope !== undefined && memoryNames.some((column) => typeOf(live, column) !== null);
  const date = dateNames.find((column) => typeOf(live, column) === 'timestamp with time zone');
  const settings: CollectionSettings = {
    ...{ table: 'public.named_below', id, workspace: scope ?? id, vectors: { in: 'row', column: vector } },
    ...(isMemory ? { kind: 'memories' as const } : {}),
    ...(date === undefined ? {} : { fetched_at: date }),
  };
  const text = textNames.find((column) => ['text', 'character varying'].includes(typeOf(live, column) ?? ''));
  // The name may be one that a setting cannot express.
  const mapping = { ...toMapping(live.name, settings), table: { schema: live.schema, name: live.name } };
  return {
    ...{ name: live.name, shape: 'vectors', live },
    about: isMemory ? 'memories of users, as far as its columns tell' : 'a table with vectors',
    table: hygieneOf(mapping, live, scope !== undefined, text ?? null),
  };
}

function hygieneOf(
  mapping: CollectionMapping,
  live: LiveTable,
  isScoped: boolean,
  textColumn: string | null,
): HygieneTable {
  const { vectors } = mapping;
  const exists = (field: Field | null) => field !== null && typeOf(live, field.column) !== null;
  const text = textColumn === null ? fieldOf(mapping, 'content') : { column: textColumn, keys: [] };
  const plain = <T extends Field>(field: T): T =>
    typeOf(live, field.column) === 'json' && field.keys.length > 0 ? { ...field, plainJson: true } : field;
  const since: TimeField | null = timeFieldOf(mapping, 'created_at') ?? mapping.fetchedAt;
  const { expiresAt } = mapping;
  return {
    mapping: {
      ...mapping,
      partition: plain(mapping.partition),
      expiresAt: exists(expiresAt) ? expiresAt && plain(expiresAt) : null,
    },
    isScoped,
    text: text !== null && exists(text) ? plain(text) : null,
    vector: vectors.in === 'row' && isVector(typeOf(live, vectors.column)) ? vectors.column : null,
    since: exists(since) ? since && plain(since) : null,
    rowsEstimate: live.rowsEstimate,
  };
}
