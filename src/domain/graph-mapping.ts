import type { TableName, TimeField } from './mapping.ts';
import type { MergeFields } from './merging/merge-fields.ts';

/**
 * How one graph of the application is found in its store: documents mention entities, relations join entities and come
 * from documents, vectors belong to documents or entities, and every one of them to a group.
 */
export interface GraphMapping {
  /** The graph's name in Coppice; beside it no collection may have the same. */
  readonly name: string;
  /** True when the data is the application's own, false for Coppice's default schema. */
  readonly mapped: boolean;
  /** The name by which a stored empty group is known here; `null`: data without a group is never touched. */
  readonly emptyGroup: string | null;
  /** Cascades, triggers and policies of the tables that a person has accepted by name. */
  readonly accept: readonly string[];
  readonly place: PostgresGraph | CypherGraph;
  /** Vectors that are not where the graph is; then `place.vectors` is null. */
  readonly vectorsBeside?: VectorsBeside;
  /** Fields that jobs that compare entities read; without them these jobs leave the graph out. */
  readonly merging?: MergeFields;
  /** The dates of relations that `audit-invalidations` reads and restores; without it the job passes the graph over. */
  readonly validity?: ValidityFields;
}

/** Properties of a relation that state a fact and until when it holds. */
export interface ValidityFields {
  readonly name: string | null;
  readonly text: string;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** When the fact was marked as superseded. */
  readonly retiredAt: string;
}

export type VectorsBeside = VectorTable | VectorClass;

/** A table of Coppice's database, for a graph that is elsewhere. Ids are unique within a group. */
export interface VectorTable extends GraphTable {
  readonly in: 'postgres';
  readonly mapped: boolean;
  readonly document: string | null;
  readonly entity: string | null;
}

/** Objects of a Weaviate class. */
export interface VectorClass {
  readonly in: 'weaviate';
  readonly mapped: boolean;
  readonly class: string;
  /** Property that names a vector within its group; `null`: the object's uuid does. */
  readonly id: string | null;
  readonly group: string;
  readonly document: string | null;
  readonly entity: string | null;
  readonly createdAt: GraphTime | null;
  readonly deprecatedAt: GraphTime | null;
}

/** Five tables, or as many as there are. Ids are unique within a group. */
export interface PostgresGraph {
  readonly in: 'postgres';
  readonly documents: GraphTable;
  readonly entities: GraphTable;
  readonly mentions: (Omit<GraphTable, 'id'> & { readonly document: string; readonly entity: string }) | null;
  readonly relations: GraphTable & {
    readonly source: string;
    readonly target: string;
    /** Column with the id of the document that it comes from. */
    readonly document: string | null;
    readonly weight: string | null;
  };
  readonly vectors: (GraphTable & { readonly document: string | null; readonly entity: string | null }) | null;
  /** Schema of the tables that a recompute writes: `<name>_results` and `<name>_versions`. */
  readonly resultSchema: string;
}

export interface GraphTable {
  readonly table: TableName;
  readonly id: string;
  readonly group: string;
  readonly createdAt: TimeField | null;
  readonly deprecatedAt: TimeField | null;
}

/** Nodes and relationships of Neo4j or FalkorDB. Labels, types and properties are plain identifiers. */
export interface CypherGraph {
  readonly in: 'neo4j' | 'falkordb';
  /** Separation of groups: by a property of every node and relation, or (FalkorDB) by a graph for each. */
  readonly groups:
    | { readonly by: 'property'; readonly property: string }
    | { readonly by: 'graph'; readonly prefix: string };
  /** The database (Neo4j), or the graph that holds all groups (FalkorDB, groups by property). */
  readonly database: string;
  readonly documents: GraphNodes;
  readonly entities: GraphNodes & {
    /** Relationship types that go with an entity and come back with it; any other keeps the entity. */
    readonly attached: readonly string[];
  };
  readonly mentions: { readonly type: string; readonly createdAt: GraphTime | null };
  readonly relations: {
    readonly type: string;
    readonly id: string;
    /** Property with the id of the document that it comes from, or a list of several. */
    readonly documents: string | null;
    readonly createdAt: GraphTime | null;
    readonly deprecatedAt: GraphTime | null;
    readonly weight: string | null;
  };
  readonly vectors: (GraphNodes & { readonly document: string | null; readonly entity: string | null }) | null;
  /**
   * Properties of entities that a recompute writes, each in two slots (`community_0`, `community_1`); with `in: 'nodes'` it
   * writes nodes of Coppice's own instead, and these are the properties that an earlier release may have left.
   */
  readonly results: { readonly community: string; readonly centrality: string; readonly in?: 'nodes' };
}

export interface GraphNodes {
  readonly label: string;
  readonly id: string;
  readonly createdAt: GraphTime | null;
  readonly deprecatedAt: GraphTime | null;
}

/** A property that holds an instant: the store's own type, ISO 8601 text, or milliseconds since 1970. */
export interface GraphTime {
  readonly property: string;
  readonly type: 'datetime' | 'iso_text' | 'epoch_ms';
}

/**
 * The part of a mapping in which two workers must agree. The place of results is left out: it came to a preset later, and
 * published results record where they are. Fields that only some jobs read are compared by those jobs.
 */
export function comparedMapping({ merging: _, validity: __, ...mapping }: GraphMapping): GraphMapping {
  const { place } = mapping;
  if (place.in === 'postgres') return mapping;
  const { community, centrality } = place.results;
  return { ...mapping, place: { ...place, results: { community, centrality } } };
}
