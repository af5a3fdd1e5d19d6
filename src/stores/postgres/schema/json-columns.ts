import type { CollectionMapping, Field } from '../../../domain/mapping.ts';
import type { TableInfo } from '../../ports/inspection.ts';
import { castType } from './column-type.ts';

/** The mapping with what the live schema says of its fields. Its digest and fingerprint are those without. */
export function withLiveColumns(mapping: CollectionMapping, info: TableInfo): CollectionMapping {
  const plain = withPlainJson(mapping, info);
  if (plain.fields === undefined) return plain;
  const typed = (field: Field): Field => ({ ...field, columnType: typeOf(info, field) });
  const { expiresAt } = plain;
  const expiry = expiresAt === null ? null : { ...expiresAt, columnType: typeOf(info, expiresAt) };
  return { ...plain, expiresAt: expiry, fields: markedFields(plain.fields, typed) };
}

/** The mapping with its fields in columns of type `json` marked as such. */
export function withPlainJson(mapping: CollectionMapping, { columns }: TableInfo): CollectionMapping {
  const plain = new Set(columns.filter((column) => column.type === 'json').map((column) => column.name));
  if (plain.size === 0) return mapping;
  const mark = <T extends Field>(field: T): T =>
    field.keys.length > 0 && plain.has(field.column) ? { ...field, plainJson: true } : field;
  const marked = <T extends Field>(field: T | null): T | null => (field === null ? null : mark(field));
  return {
    ...mapping,
    document: marked(mapping.document),
    partition: mark(mapping.partition),
    expiresAt: marked(mapping.expiresAt),
    fetchedAt: marked(mapping.fetchedAt),
    url: marked(mapping.url),
    title: marked(mapping.title),
    content: marked(mapping.content),
    contentHash: marked(mapping.contentHash),
    quality: marked(mapping.quality),
    ...(mapping.fields === undefined ? {} : { fields: markedFields(mapping.fields, mark) }),
    filter: mapping.filter.map(mark),
  };
}

/** Scale and precision of a number are kept: a number is rounded to them as it is stored. */
function typeOf({ columns }: TableInfo, { column }: Field): string {
  const type = columns.find(({ name }) => name === column)?.type ?? '';
  return type.startsWith('numeric') ? type : castType(columns, column);
}

function markedFields(
  fields: NonNullable<CollectionMapping['fields']>,
  mark: (field: Field) => Field,
): NonNullable<CollectionMapping['fields']> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, mark(field)]));
}

/** Columns of type `json` in which the rules and the scope of a row are read. */
export function plainJsonColumns(mapping: CollectionMapping): string[] {
  const { document, partition, expiresAt, fetchedAt, url, quality, filter } = mapping;
  const fields = [
    document,
    partition,
    expiresAt,
    fetchedAt,
    url,
    quality,
    ...filter,
    ...Object.values(mapping.fields ?? {}),
  ];
  return [...new Set(fields.flatMap((field) => (field?.plainJson === true ? [field.column] : [])))];
}
