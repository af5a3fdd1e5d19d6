import type { CypherGraph, GraphMapping, GraphNodes, GraphTable, PostgresGraph } from '../domain/graph-mapping.ts';
import { defaultCypherGraph, defaultPostgresGraph } from './graph-defaults.ts';
import { graphPresets } from './graph-presets.ts';
import type { CypherSettings, GraphSettings, PostgresSettings } from './graph-schema.ts';
import { toGraphTime } from './graph-time.ts';
import { toVectorsBeside } from './graph-vectors.ts';
import { toTableName, toTimeField } from './mapping.ts';
import { mergeFields, validityFields } from './merge-fields.ts';

/** A graph of `coppice.yaml` with its defaults filled in. Naming a table or a label makes it the application's own. */
export function toGraphMapping(name: string, settings: GraphSettings | null): GraphMapping {
  const given = settings ?? { in: 'postgres' as const };
  const { empty_group: emptyGroup = null } = given;
  if (given.in === 'postgres') {
    const mapped = given.documents !== undefined || given.entities !== undefined || given.relations !== undefined;
    const own = { name, mapped, emptyGroup, accept: given.accept ?? [], place: toPostgres(name, given) };
    return { ...own, ...vectorsBeside(name, given), ...mergeFields(given, mapped) };
  }
  const whole = given.preset === undefined ? given : withPreset(given, graphPresets[given.preset](given.in));
  const mapped = whole.documents !== undefined || whole.entities !== undefined || whole.relations !== undefined;
  const own = { name, mapped, emptyGroup: whole.empty_group ?? null, accept: [], place: toCypher(whole) };
  return { ...own, ...vectorsBeside(name, whole), ...mergeFields(whole, mapped), ...validityFields(whole) };
}

function withPreset(given: CypherSettings, preset: ReturnType<typeof graphPresets.graphiti>): CypherSettings {
  // Relations without a type add to those of the preset; with one, they are other relations.
  const relations = given.relations?.type === undefined ? { ...preset.relations, ...given.relations } : given.relations;
  return { ...preset, ...given, relations, results: { ...preset.results, ...given.results } };
}

function vectorsBeside(name: string, graph: GraphSettings): Pick<GraphMapping, 'vectorsBeside'> {
  if (graph.vectors?.in === 'weaviate') return { vectorsBeside: toVectorsBeside(name, graph.vectors) };
  if (graph.in === 'postgres' || graph.vectors?.in !== 'postgres') return {};
  return { vectorsBeside: toVectorsBeside(name, graph.vectors) };
}

function toPostgres(name: string, given: PostgresSettings): PostgresGraph {
  const standard = defaultPostgresGraph(name);
  const { documents, entities, mentions, relations } = given;
  const vectors = given.vectors?.in === 'weaviate' ? null : given.vectors;
  const tables = (part: GraphTable, own: PostgresSettings['documents']): GraphTable =>
    own === undefined
      ? part
      : {
          table: toTableName(own.table),
          id: own.id ?? part.id,
          group: own.group ?? part.group,
          createdAt: toTimeField(own.created_at ?? null),
          deprecatedAt: toTimeField(own.deprecated_at ?? null),
        };
  return {
    in: 'postgres',
    documents: tables(standard.documents, documents),
    entities: tables(standard.entities, entities),
    mentions:
      mentions === undefined || mentions === null || standard.mentions === null
        ? mentions === null
          ? null
          : standard.mentions
        : {
            table: toTableName(mentions.table),
            group: mentions.group ?? standard.mentions.group,
            createdAt: toTimeField(mentions.created_at ?? null),
            deprecatedAt: null,
            document: mentions.document ?? standard.mentions.document,
            entity: mentions.entity ?? standard.mentions.entity,
          },
    relations: {
      ...tables(standard.relations, relations),
      source: relations?.source ?? standard.relations.source,
      target: relations?.target ?? standard.relations.target,
      document: orDefault(relations, relations?.document, standard.relations.document),
      weight: orDefault(relations, relations?.weight, standard.relations.weight),
    },
    vectors:
      vectors === null || standard.vectors === null
        ? null
        : {
            ...tables(standard.vectors, vectors),
            document: orDefault(vectors, vectors?.document, standard.vectors.document),
            entity: orDefault(vectors, vectors?.entity, standard.vectors.entity),
          },
    resultSchema: given.result_schema ?? standard.resultSchema,
  };
}

function toCypher(given: CypherSettings): CypherGraph {
  const standard = defaultCypherGraph(given.in);
  const { documents, entities, mentions, relations, results } = given;
  const vectors = given.vectors?.in === 'weaviate' || given.vectors?.in === 'postgres' ? null : given.vectors;
  const time = (written: Parameters<typeof toGraphTime>[1]) => toGraphTime(given.in, written);
  const labelled = (part: GraphNodes, own: CypherSettings['documents']): GraphNodes =>
    own === undefined
      ? part
      : {
          label: own.label,
          id: own.id ?? part.id,
          createdAt: time(own.created_at),
          deprecatedAt: time(own.deprecated_at),
        };
  const prefix = given.in === 'falkordb' ? given.graph_prefix : undefined;
  return {
    in: given.in,
    groups:
      prefix === undefined
        ? {
            by: 'property',
            property: given.group ?? (standard.groups.by === 'property' ? standard.groups.property : 'group_id'),
          }
        : { by: 'graph', prefix },
    database: given.database ?? standard.database,
    documents: labelled(standard.documents, documents),
    entities: { ...labelled(standard.entities, entities), attached: entities?.attached ?? standard.entities.attached },
    mentions:
      mentions === undefined ? standard.mentions : { type: mentions.type, createdAt: time(mentions.created_at) },
    relations:
      relations === undefined
        ? standard.relations
        : {
            type: relations.type ?? standard.relations.type,
            id: relations.id ?? standard.relations.id,
            documents: relations.documents ?? null,
            createdAt: time(relations.created_at),
            deprecatedAt: time(relations.deprecated_at),
            weight: relations.weight ?? null,
          },
    vectors:
      vectors === null || standard.vectors === null
        ? null
        : {
            ...labelled(standard.vectors, vectors),
            document: orDefault(vectors, vectors?.document, standard.vectors.document),
            entity: orDefault(vectors, vectors?.entity, standard.vectors.entity),
          },
    results: {
      community: results?.community ?? standard.results.community,
      centrality: results?.centrality ?? standard.results.centrality,
      ...(results?.in === 'nodes' ? { in: 'nodes' as const } : {}),
    },
  };
}

/** A field that is not mapped on the application's own table does not exist there. */
function orDefault(own: unknown, said: string | null | undefined, standard: string | null): string | null {
  return own === undefined ? standard : (said ?? null);
}
