import type { CollectionMapping, Field, FilterTerm, TableName, TimeField, VectorPlace } from '../domain/mapping.ts';
import type { CollectionSettings, FieldSettings, PartitionSettings, TimeFieldSettings } from './collection-schema.ts';
import { presets } from './presets.ts';

/** Tables of the default schema stand apart from the application's, so that no name can meet one of theirs. */
export const defaultSchema = 'knowledge';

/** A collection of `coppice.yaml` with its defaults filled in. Naming a table makes it the application's own. */
export function toMapping(name: string, settings: CollectionSettings | null): CollectionMapping {
  const given = withPreset(settings ?? {});
  const mapped = given.table !== undefined;
  const fallback = (column: string) => (mapped ? null : { column, keys: [] });
  return {
    name,
    mapped,
    table: given.table === undefined ? { schema: defaultSchema, name } : toTableName(given.table),
    id: given.id ?? 'id',
    document: optionalField(given.document),
    workspace: toPartitionField(given.workspace ?? 'workspace'),
    expiresAt: given.expires_at === undefined ? toTimeField('expires_at') : toTimeField(given.expires_at),
    fetchedAt:
      given.fetched_at === undefined ? (mapped ? null : toTimeField('fetched_at')) : toTimeField(given.fetched_at),
    url: optionalField(given.url) ?? fallback('url'),
    title: optionalField(given.title) ?? fallback('title'),
    content: optionalField(given.content) ?? fallback('content'),
    contentHash: optionalField(given.content_hash) ?? fallback('content_hash'),
    quality: optionalField(given.quality) ?? fallback('quality'),
    filter: Object.entries(given.filter ?? {}).map(([at, values]) => toFilterTerm(at, values)),
    vectors: toVectorPlace(name, mapped, given.vectors),
    maxAgeDays: given.max_age_days ?? (mapped ? 'off' : null),
    accept: given.accept ?? [],
    ...(given.share_of === 'table' ? { shareOf: 'table' } : {}),
  };
}

/** What the file says of a collection stands over what its preset says. */
function withPreset({ preset, ...given }: CollectionSettings): CollectionSettings {
  if (preset === undefined) return given;
  const schema = given.table === undefined ? 'public' : toTableName(given.table).schema;
  return { ...presets[preset](schema), ...given };
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

function optionalField(settings: FieldSettings | null | undefined): Field | null {
  return settings === null || settings === undefined ? null : toField(settings);
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

function toVectorPlace(name: string, mapped: boolean, settings: CollectionSettings['vectors']): VectorPlace {
  if (settings === undefined) return mapped ? { in: 'none' } : toVectorPlace(name, mapped, { in: 'table' });
  if (settings.in === 'none') return { in: 'none' };
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
