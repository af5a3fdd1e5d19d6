import { z } from 'zod';
import type { CypherGraph } from '../domain/graph-mapping.ts';
import { vectorClass, vectorTable } from './graph-vectors.ts';
import { identifier, tableName, timeField } from './shapes.ts';

/** The section `graphs`: where documents, entities, their edges and their vectors are. */

/** Labels, types and properties stand in the text of queries: nothing but plain identifiers. */
const cypherName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must be a plain identifier (letters, digits, underscore)');
export const cypherTime = z.union([
  cypherName,
  z.strictObject({ property: cypherName, type: z.enum(['datetime', 'iso_text', 'epoch_ms']) }),
]);

const rowTimes = { created_at: timeField.nullable().optional(), deprecated_at: timeField.nullable().optional() };
const rows = { table: tableName, id: identifier.optional(), group: identifier.optional(), ...rowTimes };
const nodeTimes = { created_at: cypherTime.nullable().optional(), deprecated_at: cypherTime.nullable().optional() };
const nodes = { label: cypherName, id: cypherName.optional(), ...nodeTimes };

/** The statement of a relation, and the interval in which it holds. */
const factFields = (field: z.ZodString) => ({
  name: field.optional(),
  text: field.optional(),
  vector: field.optional(),
  valid_from: field.optional(),
  valid_to: field.optional(),
});

const postgresGraph = z.strictObject({
  in: z.literal('postgres').default('postgres'),
  documents: z.strictObject(rows).optional(),
  entities: z
    .strictObject({
      ...rows,
      name: identifier.optional(),
      type: identifier.optional(),
      description: identifier.optional(),
      vector: identifier.optional(),
      properties: z.array(identifier).optional(),
      pinned: identifier.optional(),
    })
    .optional(),
  mentions: z
    .strictObject({
      table: tableName,
      group: identifier.optional(),
      document: identifier.optional(),
      entity: identifier.optional(),
      created_at: rowTimes.created_at,
    })
    .nullable()
    .optional(),
  relations: z
    .strictObject({
      ...rows,
      source: identifier.optional(),
      target: identifier.optional(),
      document: identifier.nullable().optional(),
      weight: identifier.nullable().optional(),
      ...factFields(identifier),
      accessed_at: timeField.optional(),
      archived_at: timeField.optional(),
      archive_table: tableName.optional(),
    })
    .optional(),
  vectors: z
    .discriminatedUnion('in', [
      z.strictObject({
        in: z.literal('postgres').optional(),
        ...rows,
        document: identifier.nullable().optional(),
        entity: identifier.nullable().optional(),
      }),
      vectorClass,
    ])
    .nullable()
    .optional(),
  result_schema: identifier.optional(),
  empty_group: z.string().min(1).optional(),
  accept: z.array(z.string()).optional(),
});

const cypherParts = <In extends CypherGraph['in']>(where: In) => ({
  preset: z.enum(['graphiti']).optional(),
  group: cypherName.optional(),
  database: z.string().min(1).optional(),
  documents: z.strictObject({ ...nodes, relations: cypherName.optional() }).optional(),
  entities: z
    .strictObject({
      ...nodes,
      attached: z.array(cypherName).optional(),
      name: cypherName.optional(),
      type: z.union([cypherName, z.strictObject({ labels: z.literal(true) })]).optional(),
      description: cypherName.optional(),
      vector: cypherName.optional(),
      properties: z.array(cypherName).optional(),
      pinned: cypherName.optional(),
    })
    .optional(),
  mentions: z.strictObject({ type: cypherName, created_at: nodeTimes.created_at }).optional(),
  relations: z
    .strictObject({
      type: cypherName.optional(),
      id: cypherName.optional(),
      documents: cypherName.nullable().optional(),
      weight: cypherName.nullable().optional(),
      ...factFields(cypherName),
      accessed_at: cypherTime.optional(),
      archived_at: cypherTime.optional(),
      retired_at: cypherName.optional(),
      source: cypherName.optional(),
      target: cypherName.optional(),
      ...nodeTimes,
    })
    .optional(),
  vectors: z
    .discriminatedUnion('in', [
      z.strictObject({
        in: z.literal(where).optional(),
        ...nodes,
        document: cypherName.nullable().optional(),
        entity: cypherName.nullable().optional(),
      }),
      vectorTable,
      vectorClass,
    ])
    .nullable()
    .optional(),
  results: z
    .strictObject({ in: z.enum(['properties', 'nodes']), community: cypherName, centrality: cypherName })
    .partial()
    .optional(),
  empty_group: z.string().min(1).optional(),
});

export const graphSchema = z.union([
  postgresGraph,
  z.strictObject({ in: z.literal('neo4j'), ...cypherParts('neo4j') }),
  z.strictObject({
    in: z.literal('falkordb'),
    /** Each group is a graph of its own, whose name begins so. */
    graph_prefix: z.string().optional(),
    ...cypherParts('falkordb'),
  }),
]);

export type GraphSettings = z.infer<typeof graphSchema>;
export type PostgresSettings = Extract<GraphSettings, { in: 'postgres' }>;
export type CypherSettings = Exclude<GraphSettings, { in: 'postgres' }>;
