import type { GraphMapping } from '../domain/graph-mapping.ts';
import type { MergeFields } from '../domain/merging/merge-fields.ts';
import type { SweepJob } from '../jobs/job.ts';
import type { GraphSettings } from './graph-schema.ts';
import { toTimeField } from './mapping.ts';

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
  const { name, type, description = null, vector = null, properties = null } = entities;
  const { source = null, target = null } = graph.in === 'postgres' ? {} : (graph.relations ?? {});
  return {
    merging: {
      entities: { name, type: typeOf(type), description, vector, properties },
      relations: {
        ...{ name: relations?.name ?? null, text: relations?.text ?? null, vector: relations?.vector ?? null },
        ...{ validFrom: relations?.valid_from ?? null, validTo: relations?.valid_to ?? null, source, target },
        accessedAt: accessedAt(graph),
      },
      documentRelations: documents !== undefined && 'relations' in documents ? (documents.relations ?? null) : null,
    },
  };
}

function accessedAt(graph: GraphSettings): MergeFields['relations']['accessedAt'] {
  if (graph.in === 'postgres') return toTimeField(graph.relations?.accessed_at ?? null);
  const written = graph.relations?.accessed_at;
  if (written === undefined) return null;
  return typeof written === 'string'
    ? { property: written, type: graph.in === 'neo4j' ? 'datetime' : 'epoch_ms' }
    : written;
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
  if (job.merges !== true) return null;
  if (graph.vectorsBeside !== undefined) return 'its vectors are in another store than the graph';
  return graph.merging === undefined ? `set graphs.${name}.entities.name` : null;
}
