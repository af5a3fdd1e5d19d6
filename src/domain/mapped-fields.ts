import type { CollectionMapping, Field, TimeField } from './mapping.ts';
import { type CollectionKind, type RowFieldName, rowFieldNames, rowFields } from './row-fields.ts';

/** Fields of a collection by their keys in `coppice.yaml`, wherever the mapping keeps them. */

export function kindOf({ kind = 'documents' }: Pick<CollectionMapping, 'kind'>): CollectionKind {
  return kind;
}

/** `null` where the collection does not map it. */
export function fieldOf(mapping: CollectionMapping, name: RowFieldName): Field | TimeField | null {
  const entry = rowFields[name];
  if ('property' in entry) return mapping[entry.property];
  return mapping.fields?.[name as keyof typeof mapping.fields] ?? null;
}

export function isTimeField(field: Field | TimeField): field is TimeField {
  return 'zone' in field;
}

/** A field that is a point in time; `null` where the collection does not map it. */
export function timeFieldOf(mapping: CollectionMapping, name: RowFieldName): TimeField | null {
  const field = fieldOf(mapping, name);
  return field !== null && isTimeField(field) ? field : null;
}

export interface MappedField {
  readonly name: RowFieldName;
  readonly field: Field | TimeField;
}

/** All that the collection maps, in the order of `rowFields`. */
export function mappedFields(mapping: CollectionMapping): MappedField[] {
  return rowFieldNames.flatMap((name) => {
    const field = fieldOf(mapping, name);
    return field === null ? [] : [{ name, field }];
  });
}

/** A field that a job needs: only collections that map it are swept. */
export function requiredField(mapping: CollectionMapping, name: RowFieldName): Field | TimeField {
  const field = fieldOf(mapping, name);
  if (field === null) throw new Error(`collection ${mapping.name} maps no ${name}`);
  return field;
}

/**
 * The same of a point in time.
 *
 * @public docs/add-a-job.md builds on it.
 */
export function requiredTimeField(mapping: CollectionMapping, name: RowFieldName): TimeField {
  const field = timeFieldOf(mapping, name);
  if (field === null) throw new Error(`collection ${mapping.name} maps no ${name}`);
  return field;
}
