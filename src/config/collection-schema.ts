import { z } from 'zod';
import { mostChildLevels } from '../domain/children.ts';
import { collectionKinds, type RowFieldName, rowFieldNames, rowFields } from '../domain/row-fields.ts';
import { presetNames } from './preset-names.ts';
import { className, columnName, columnOrKey, identifier, path, rowsTable, rowTime } from './shapes.ts';

/** The section `collections`: which table, column or class holds what. */

const field = z.union([columnName, z.strictObject({ column: columnName }), z.strictObject({ path })]);

const partitionField = z.union([
  columnName,
  z.strictObject({
    column: columnName,
    through: z.strictObject({ table: rowsTable, key: columnName, value: columnName }),
  }),
  z.strictObject({ column: columnName }),
  z.strictObject({ path }),
]);

/** Columns that identify a row together. PostgreSQL allows 32 columns in an index. */
const identifiers = z
  .array(columnName)
  .min(1)
  .max(32)
  .refine((names) => new Set(names).size === names.length, 'must not name a column twice');

const vectors = z.discriminatedUnion('in', [
  z.strictObject({ in: z.literal('none') }),
  z.strictObject({ in: z.literal('row'), column: columnName.default('vector') }),
  z.strictObject({
    in: z.literal('table'),
    table: rowsTable.optional(),
    id: columnName.optional(),
    document: columnName.optional(),
    text: columnName.optional(),
    vector: columnName.optional(),
  }),
  z.strictObject({
    in: z.literal('weaviate'),
    class: className.optional(),
    document: identifier.optional(),
    workspace: identifier.nullable().optional(),
    chunk: identifier.nullable().optional(),
    text: identifier.optional(),
  }),
]);

const childShape = {
  table: rowsTable,
  id: z.union([columnName, identifiers]),
  parent: z.record(columnOrKey, columnName).refine((links) => Object.keys(links).length > 0, 'must name a column'),
  vector: columnName.nullable().optional(),
};

export interface ChildSettings {
  readonly table: string;
  readonly id: string | readonly string[];
  readonly parent: Readonly<Record<string, string>>;
  readonly vector?: string | null | undefined;
  readonly children?: readonly ChildSettings[] | undefined;
}

/** Each level allows one level less below it. */
function childSchema(levels: number): z.ZodType<ChildSettings> {
  if (levels <= 1) return z.strictObject(childShape);
  return z.strictObject({ ...childShape, children: z.array(childSchema(levels - 1)).optional() });
}

const time = rowTime.nullable().optional();
const other = field.nullable().optional();

type RowFieldSchemas = {
  [Name in RowFieldName]: (typeof rowFields)[Name]['type'] extends 'time' ? typeof time : typeof other;
};

/** A key for each field of a row. */
function rowFieldSchemas(): RowFieldSchemas {
  const schemas = rowFieldNames.map((name) => [name, rowFields[name].type === 'time' ? time : other] as const);
  return Object.fromEntries(schemas) as RowFieldSchemas;
}

export const collectionSchema = z.strictObject({
  preset: z.enum(presetNames).optional(),
  table: rowsTable.optional(),
  id: z.union([columnName, identifiers]).optional(),
  kind: z.enum(collectionKinds).optional(),
  workspace: partitionField.optional(),
  user: partitionField.optional(),
  entity: partitionField.optional(),
  ...rowFieldSchemas(),
  filter: z.record(columnOrKey, z.union([z.string(), z.array(z.string()).min(1)])).optional(),
  vectors: vectors.optional(),
  children: z.array(childSchema(mostChildLevels)).optional(),
  max_age_days: z.union([z.number().min(0), z.literal('off')]).optional(),
  accept: z.array(z.string()).optional(),
  share_of: z.enum(['collection', 'table']).optional(),
});

export type CollectionSettings = z.infer<typeof collectionSchema>;
export type FieldSettings = z.infer<typeof field>;
export type PartitionSettings = z.infer<typeof partitionField>;
export type TimeFieldSettings = z.infer<typeof rowTime>;
