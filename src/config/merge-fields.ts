import type { GraphMapping, GraphTime } from '../domain/graph-mapping.ts';
import type { TimeField } from '../domain/mapping.ts';
import type { MergeFields } from '../domain/merging/merge-fields.ts';
import type { SweepJob } from '../jobs/job.ts';
import type { GraphSettings } from './graph-schema.ts';
import { toGraphTime } from './graph-time.ts';
import { toTableName, toTimeField } from './mapping.ts';

/** As `coppice load graph` writes them. */
export const defaultMergeFields: MergeFields = {
  entities: {
    ...{ name: 'name', type: { property: 'entity_type' }, description: 'summary', vector: 'embedding' },
    properties: null,
  },
  relations: {
    ...{ name: 'name', text: 'summary', vector: 'embedding', validFrom: null, validTo: null },
    ...{ accessedAt: null, source: null, target: null },
  },
  documentRelations: null,
};

/** Of a graph of the application's own, only where it names the entities' name. */
export function mergeFields(graph: GraphSettings, mapped: boolean): Pick<GraphMapping, 'merging'> {
  if (!mapped) return { merging: defaultMergeFields };
  const { entities, relations, documents } = graph;
  if (entities?.name === undefined) return {};
  const { name, type, description = null, vector = null, properties = null, pinned } = entities;
  const { source = null, target = null } = graph.in === 'postgres' ? {} : (graph.relations ?? {});
  return {
    merging: {
      entities: {
        ...{ name, type: typeOf(type), description, vector, properties },
        ...(pinned === undefined ? {} : { pinned }),
      },
      relations: {
        ...{ name: relations?.name ?? null, text: relations?.text ?? null, vector: relations?.vector ?? null },
        ...{ validFrom: relations?.valid_from ?? null, validTo: relations?.valid_to ?? null, source, target },
        accessedAt: timeOf(graph, 'accessed_at'),
        ...archivedAt(graph),
        ...archiveTable(graph),
      },
      documentRelations: documents !== undefined && 'relations' in documents ? (documents.relations ?? null) : null,
    },
  };
}

/** Only of a graph of nodes and relationships whose mapping names when a fact was marked as superseded. */
export function validityFields(graph: GraphSettings): Pick<GraphMapping, 'validity'> {
  if (graph.in === 'postgres' || graph.relations?.text === undefined) return {};
  const {
    retired_at: retiredAt,
    text,
    name = null,
    valid_from: validFrom = null,
    valid_to: validTo = null,
  } = graph.relations;
  return retiredAt === undefined ? {} : { validity: { name, text, validFrom, validTo, retiredAt } };
}

function archivedAt(graph: GraphSettings): Pick<MergeFields['relations'], 'archivedAt'> {
  const time = timeOf(graph, 'archived_at');
  return time === null ? {} : { archivedAt: time };
}

function archiveTable(graph: GraphSettings): Pick<MergeFields['relations'], 'archiveTable'> {
  const table = graph.in === 'postgres' ? graph.relations?.archive_table : undefined;
  return table === undefined ? {} : { archiveTable: toTableName(table) };
}

function timeOf(graph: GraphSettings, name: 'accessed_at' | 'archived_at'): GraphTime | TimeField | null {
  if (graph.in === 'postgres') return toTimeField(graph.relations?.[name] ?? null);
  return toGraphTime(graph.in, graph.relations?.[name]);
}

function typeOf(type: string | { readonly labels: true } | undefined): MergeFields['entities']['type'] {
  if (type === undefined) return null;
  return typeof type === 'string' ? { property: type } : 'labels';
}

/** Why a job that reads such fields passes a graph over; `null`: it does not. */
export function whyGraphNotSwept(job: SweepJob, graphs: readonly GraphMapping[], name: string): string | null {
  const graph = graphs.find((one) => one.name === name);
  if (graph === undefined) return null;
  if (job.facts === true && graph.merging?.relations.text == null) {
    return `set graphs.${name}.entities.name and graphs.${name}.relations.text`;
  }
  if (job.validity === true && graph.validity === undefined) {
    return `set graphs.${name}.relations.text and graphs.${name}.relations.retired_at, of a graph in Neo4j or FalkorDB`;
  }
  if (job.merges !== true) return null;
  if (graph.vectorsBeside !== undefined) return 'its vectors are in another store than the graph';
  return graph.merging === undefined ? `set graphs.${name}.entities.name` : null;
}
