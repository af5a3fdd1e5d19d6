import { z } from 'zod';
import { presetNames } from './preset-names.ts';
import { className, identifier, path, tableName, timeField } from './shapes.ts';

/** The section `collections`: which table, column or class holds what. */

const field = z.union([identifier, z.strictObject({ column: identifier }), z.strictObject({ path })]);

const partitionField = z.union([
  identifier,
  z.strictObject({
    column: identifier,
    through: z.strictObject({ table: tableName, key: identifier, value: identifier }),
  }),
  z.strictObject({ column: identifier }),
  z.strictObject({ path }),
]);

const vectors = z.discriminatedUnion('in', [
  z.strictObject({ in: z.literal('none') }),
  z.strictObject({ in: z.literal('row'), column: identifier.default('vector') }),
  z.strictObject({
    in: z.literal('table'),
    table: tableName.optional(),
    id: identifier.optional(),
    document: identifier.optional(),
    text: identifier.optional(),
    vector: identifier.optional(),
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

export const collectionSchema = z.strictObject({
  preset: z.enum(presetNames).optional(),
  table: tableName.optional(),
  id: identifier.optional(),
  document: field.nullable().optional(),
  workspace: partitionField.optional(),
  expires_at: timeField.nullable().optional(),
  fetched_at: timeField.nullable().optional(),
  url: field.nullable().optional(),
  title: field.nullable().optional(),
  content: field.nullable().optional(),
  content_hash: field.nullable().optional(),
  quality: field.nullable().optional(),
  filter: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*(\.[^.]+)*$/, 'must be a column, or column.key of a JSON column'),
      z.union([z.string(), z.array(z.string()).min(1)]),
    )
    .optional(),
  vectors: vectors.optional(),
  max_age_days: z.union([z.number().min(0), z.literal('off')]).optional(),
  accept: z.array(z.string()).optional(),
  share_of: z.enum(['collection', 'table']).optional(),
});

export type CollectionSettings = z.infer<typeof collectionSchema>;
export type FieldSettings = z.infer<typeof field>;
export type PartitionSettings = z.infer<typeof partitionField>;
export type TimeFieldSettings = z.infer<typeof timeField>;
