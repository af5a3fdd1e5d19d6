import { z } from 'zod';
import type { GraphTime, VectorClass, VectorsBeside, VectorTable } from '../domain/graph-mapping.ts';
import { timestamptz } from './graph-defaults.ts';
import { defaultSchema, toTableName, toTimeField } from './mapping.ts';
import { className, identifier, tableName, timeField } from './shapes.ts';

/** `graphs.NAME.vectors` that are not where the graph is. */

const time = z.union([
  identifier,
  z.strictObject({ property: identifier, type: z.enum(['datetime', 'iso_text', 'epoch_ms']) }),
]);
const owners = { document: identifier.nullable().optional(), entity: identifier.nullable().optional() };

export const vectorClass = z.strictObject({
  in: z.literal('weaviate'),
  class: className.optional(),
  id: identifier.nullable().optional(),
  group: identifier.optional(),
  ...owners,
  created_at: time.nullable().optional(),
  deprecated_at: time.nullable().optional(),
});

export const vectorTable = z.strictObject({
  in: z.literal('postgres'),
  table: tableName.optional(),
  id: identifier.optional(),
  group: identifier.optional(),
  ...owners,
  created_at: timeField.nullable().optional(),
  deprecated_at: timeField.nullable().optional(),
});

type ClassSettings = z.infer<typeof vectorClass>;
type TableSettings = z.infer<typeof vectorTable>;

/** A field that is not mapped on the application's own class or table does not exist there. */
export function toVectorsBeside(graph: string, settings: ClassSettings | TableSettings): VectorsBeside {
  return settings.in === 'weaviate' ? toClass(graph, settings) : toTable(graph, settings);
}

function toClass(graph: string, own: ClassSettings): VectorClass {
  const mapped = own.class !== undefined;
  const or = <T>(said: T | undefined, standard: T): T | null =>
    said === undefined ? (mapped ? null : standard) : said;
  return {
    in: 'weaviate',
    mapped,
    class: own.class ?? `${graph.charAt(0).toUpperCase()}${graph.slice(1)}_vectors`,
    id: or(own.id, 'vector_id'),
    group: own.group ?? 'group_id',
    document: or(own.document, 'document_id'),
    entity: or(own.entity, 'entity_id'),
    createdAt: toTime(or(own.created_at, 'created_at')),
    deprecatedAt: toTime(or(own.deprecated_at, 'deprecated_at')),
  };
}

function toTime(written: z.infer<typeof time> | null): GraphTime | null {
  return typeof written === 'string' ? { property: written, type: 'datetime' } : written;
}

function toTable(graph: string, own: TableSettings): VectorTable {
  const mapped = own.table !== undefined;
  const or = <T>(said: T | undefined, standard: T): T | null =>
    said === undefined ? (mapped ? null : standard) : said;
  const timeOf = (said: TableSettings['created_at'], standard: string) =>
    said === undefined && !mapped ? timestamptz(standard) : toTimeField(said ?? null);
  return {
    in: 'postgres',
    mapped,
    table: own.table === undefined ? { schema: defaultSchema, name: `${graph}_vectors` } : toTableName(own.table),
    id: own.id ?? 'id',
    group: own.group ?? 'group_id',
    document: or(own.document, 'document_id'),
    entity: or(own.entity, 'entity_id'),
    createdAt: timeOf(own.created_at, 'created_at'),
    deprecatedAt: timeOf(own.deprecated_at, 'deprecated_at'),
  };
}
