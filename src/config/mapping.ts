import { ownTables } from '../domain/children.ts';
import type {
  ChildTable,
  CollectionMapping,
  Field,
  FilterTerm,
  TableName,
  TimeField,
  VectorPlace,
} from '../domain/mapping.ts';
import {
  type CollectionKind,
  collectionKinds,
  type LaterFieldName,
  mayMap,
  type RowFieldName,
  rowFieldNames,
  rowFields,
} from '../domain/row-fields.ts';
import type {
  ChildSettings,
  CollectionSettings,
  FieldSettings,
  PartitionSettings,
  TimeFieldSettings,
} from './collection-schema.ts';
import { presets } from './presets.ts';

/** Tables of the default schema stand apart from the application's, so that no name can meet one of theirs. */
export const defaultSchema = 'knowledge';

/** A collection of `coppice.yaml` with its defaults filled in. Naming a table makes it the application's own. */
export function toMapping(name: string, settings: CollectionSettings | null): CollectionMapping {
  const own = settings ?? {};
  const given = withPreset(own);
  const mapped = given.table !== undefined;
  const kind = given.kind ?? 'documents';
  const fields = kind === 'documents' ? {} : { fields: laterFields(kind, given, mapped) };
  return {
    name,
    ...(kind === 'documents' ? {} : { kind }),
    mapped,
    table:
      given.table === undefined ? { schema: defaultSchema, name: defaultTable(kind, name) } : toTableName(given.table),
    id: toId(given.id ?? 'id'),
    document: firstField(kind, 'document', given.document, true),
    partition: toPartitionField(given.workspace ?? given.user ?? given.entity ?? partitionColumns[kind]),
    expiresAt: firstTime(kind, 'expires_at', given.expires_at, mapped && kind !== 'documents'),
    fetchedAt: firstTime(kind, 'fetched_at', given.fetched_at, mapped || kind !== 'documents'),
    url: firstField(kind, 'url', given.url, mapped),
    title: firstField(kind, 'title', given.title, mapped),
    content: firstField(kind, 'content', given.content, mapped),
    contentHash: firstField(kind, 'content_hash', given.content_hash, mapped),
    quality: firstField(kind, 'quality', given.quality, mapped),
    filter: Object.entries(given.filter ?? {}).map(([at, values]) => toFilterTerm(at, values)),
    vectors: toVectorPlace(name, given.vectors ?? (mapped ? { in: 'none' } : vectorDefaults[kind])),
    ...fields,
    maxAgeDays: given.max_age_days ?? (mapped || kind !== 'documents' ? 'off' : null),
    accept: given.accept ?? [],
    ...(given.share_of === 'table' ? { shareOf: 'table' } : {}),
    ...(given.children === undefined || given.children.length === 0
      ? {}
      : { children: given.children.map(toChildTable) }),
    ...(kind === 'documents' || own.preset === undefined || own.kind !== undefined
      ? {}
      : {
          fromPreset: rowFieldNames
            .filter(isLater)
            .filter((name) => given[name] !== undefined && own[name] === undefined),
        }),
  };
}

function isLater(name: RowFieldName): name is LaterFieldName {
  return !('property' in rowFields[name]);
}

/** A list of one column is that column: both forms are one configuration. */
function toId(id: string | readonly string[]): string | readonly string[] {
  const [first] = id;
  return typeof id === 'string' || id.length > 1 || first === undefined ? id : first;
}

function toChildTable({ table, id, parent, vector = null, children = [] }: ChildSettings): ChildTable {
  return {
    table: toTableName(table),
    id: typeof id === 'string' ? [id] : id,
    parent: Object.entries(parent).map(([at, column]) => ({ field: fromPath(at), column })),
    vector,
    children: children.map(toChildTable),
  };
}

/** The table of the only collection of queries that most installations have is called like what it holds. */
function defaultTable(kind: CollectionKind, name: string): string {
  return kind === 'queries' && name === 'queries' ? 'query_history' : name;
}

/** The column that a partition is named by, where nothing else is configured. */
const partitionColumns: Readonly<Record<CollectionKind, string>> = {
  documents: 'workspace',
  memories: 'user_id',
  attributes: 'entity_id',
  queries: 'user_id',
};

const vectorDefaults: Readonly<Record<CollectionKind, CollectionSettings['vectors']>> = {
  documents: { in: 'table' },
  memories: { in: 'row', column: 'embedding' },
  attributes: { in: 'none' },
  queries: { in: 'row', column: 'embedding' },
};

/** Columns of the default schema that are not called like their field. */
const columnNames: Readonly<Partial<Record<RowFieldName, string>>> = { bot: 'bot_id' };

/** `null` or, on a table of the default schema, its column. A field that is given as `null` counts as not given there. */
function firstField(
  kind: CollectionKind,
  name: RowFieldName,
  settings: FieldSettings | null | undefined,
  noDefault: boolean,
): Field | null {
  if (settings !== undefined && settings !== null) return toField(settings);
  return noDefault || !mayMap(kind, name) ? null : { column: columnNames[name] ?? name, keys: [] };
}

function firstTime(
  kind: CollectionKind,
  name: RowFieldName,
  settings: TimeFieldSettings | null | undefined,
  noDefault: boolean,
): TimeField | null {
  if (settings !== undefined) return toTimeField(settings);
  return noDefault || !mayMap(kind, name) ? null : toTimeField(name);
}

function laterFields(kind: CollectionKind, given: CollectionSettings, mapped: boolean): CollectionMapping['fields'] {
  const fields = rowFieldNames.flatMap((name) => {
    if ('property' in rowFields[name]) return [];
    const settings = given[name];
    const field =
      rowFields[name].type === 'time'
        ? firstTime(kind, name, settings, mapped)
        : firstField(kind, name, settings, mapped || 'mappedOnly' in rowFields[name]);
    return field === null ? [] : [[name, field] as const];
  });
  return Object.fromEntries(fields);
}

/** Settings that a collection of this kind cannot have, a sentence each. */
export function kindProblems(collection: string, settings: CollectionSettings | null): string[] {
  const { kind = 'documents', ...given } = withPreset(settings ?? {});
  const at = `collections.${collection}`;
  const problems = rowFieldNames.flatMap((name) => {
    if (given[name] === undefined || given[name] === null || mayMap(kind, name)) return [];
    const kinds = collectionKinds.filter((one) => mayMap(one, name)).join(' and ');
    return [`${at}.${name}: is a field of ${kinds}, and the collection is of kind ${kind}`];
  });
  if (typeof given.id === 'object' && given.id.length > 1 && given.vectors?.in === 'table') {
    problems.push(
      `${at}.vectors: a chunk names its document by one column, and the id has ${given.id.length}; map the table under ` +
        'children',
    );
  }
  problems.push(...childProblems(at, toMapping(collection, settings)));
  if (given.entity !== undefined && kind !== 'attributes') {
    problems.push(
      `${at}.entity: only attributes belong to an entity; set ${kind === 'documents' ? 'workspace' : 'user'}`,
    );
  } else if (given.entity !== undefined && (given.user ?? given.workspace) !== undefined) {
    problems.push(`${at}.entity: set one of entity, user and workspace`);
  }
  if (given.user === undefined) return problems;
  if (kind === 'documents') problems.push(`${at}.user: documents belong to a workspace; set workspace`);
  else if (given.workspace !== undefined) problems.push(`${at}.user: set either user or workspace, not both`);
  return problems;
}

/** A table that appears twice would be a circle, or would be deleted from twice. */
function childProblems(at: string, mapping: CollectionMapping): string[] {
  const names = ownTables(mapping).map(({ schema, name }) => `${schema}.${name}`);
  const twice = new Set(names.filter((name, place) => names.indexOf(name) !== place));
  return [...twice].map((name) => `${at}.children: table ${name} is named twice in this collection`);
}

/** Settings of a collection override those of its preset. */
function withPreset({ preset, ...given }: CollectionSettings): CollectionSettings {
  if (preset === undefined) return given;
  const schema = given.table === undefined ? 'public' : toTableName(given.table).schema;
  const { workspace, ...others } = presets[preset](schema);
  // Both names mean the partition: the file has either of them.
  return { ...(given.user === undefined ? { workspace } : {}), ...others, ...given };
}

export function toTableName(text: string): TableName {
  const [first = '', second] = text.split('.');
  return second === undefined ? { schema: 'public', name: first } : { schema: first, name: second };
}

function toField(settings: FieldSettings): Field {
  if (typeof settings === 'string') return { column: settings, keys: [] };
  return 'column' in settings ? { column: settings.column, keys: [] } : fromPath(settings.path);
}

function toPartitionField(settings: PartitionSettings): Field {
  if (typeof settings === 'string' || !('through' in settings)) return toField(settings);
  const { table, key, value } = settings.through;
  return { column: settings.column, keys: [], through: { table: toTableName(table), key, value } };
}

function fromPath(path: string): Field {
  const [column = '', ...keys] = path.split('.');
  return { column, keys };
}

export function toTimeField(settings: TimeFieldSettings | null): TimeField | null {
  if (settings === null) return null;
  if (typeof settings === 'string') return { column: settings, keys: [], type: 'timestamptz', zone: 'UTC' };
  const field = toField('column' in settings ? { column: settings.column } : { path: settings.path });
  // JSON knows no timestamps: what stands in a path is text.
  return {
    ...field,
    type: settings.type ?? (field.keys.length > 0 ? 'iso_text' : 'timestamptz'),
    zone: settings.zone ?? 'UTC',
  };
}

function toFilterTerm(at: string, values: string | readonly string[]): FilterTerm {
  return { ...fromPath(at), anyOf: typeof values === 'string' ? [values] : values };
}

/** Each collection of the default schema has a table of chunks of its own. */
function chunksOf(name: string): string {
  return name === 'documents' ? 'chunks' : `${name}_chunks`;
}

function toVectorPlace(name: string, settings: CollectionSettings['vectors']): VectorPlace {
  if (settings === undefined || settings.in === 'none') return { in: 'none' };
  if (settings.in === 'row') return settings;
  if (settings.in === 'table') {
    return {
      in: 'table',
      table:
        settings.table === undefined ? { schema: defaultSchema, name: chunksOf(name) } : toTableName(settings.table),
      id: settings.id ?? 'id',
      document: settings.document ?? 'document_id',
      text: settings.text ?? 'text',
      vector: settings.vector ?? 'embedding',
    };
  }
  return {
    in: 'weaviate',
    class: settings.class ?? 'DocumentChunk',
    document: settings.document ?? 'document_id',
    workspace: settings.workspace === undefined ? 'workspace' : settings.workspace,
    chunk: settings.chunk === undefined ? 'chunk_id' : settings.chunk,
    text: settings.text ?? 'text',
  };
}
