import type { TableName, TimeField } from '../mapping.ts';

/**
 * The fields of a graph that merging reads: columns of its tables, or properties of its nodes and relationships. Without
 * `merging` in its mapping a graph has no entities that could be compared.
 */
export interface MergeFields {
  readonly entities: {
    readonly name: string;
    /** `labels`: the labels of a node besides the mapped one. */
    readonly type: { readonly property: string } | 'labels' | null;
    readonly description: string | null;
    readonly vector: string | null;
    /** Fields that are compared besides; `null`: every other text, number and boolean of a node, no other column of a table. */
    readonly properties: readonly string[] | null;
    /** Absent where it is not mapped, so that fingerprints of other mappings keep their values. */
    readonly pinned?: string;
  };
  readonly relations: {
    readonly name: string | null;
    readonly text: string | null;
    readonly vector: string | null;
    readonly validFrom: string | null;
    readonly validTo: string | null;
    /** When a fact was last used. */
    readonly accessedAt: AccessTime | TimeField | null;
    /** Set by `archive-facts`. Absent where it is not mapped, so that fingerprints of other mappings keep their values. */
    readonly archivedAt?: AccessTime | TimeField;
    /** A table of the application's, to which `archive-facts` moves rows. Absent where it is not mapped, as above. */
    readonly archiveTable?: TableName;
    /** Properties that repeat the ids of the ends. The ends themselves are part of every mapping. */
    readonly source: string | null;
    readonly target: string | null;
  };
  /** Property of a document with the ids of the relations that come from it. */
  readonly documentRelations: string | null;
}

/** The column or property that holds the type of an entity; `null`: none does. */
export function typeFieldOf({ type }: MergeFields['entities']): string | null {
  return typeof type === 'object' ? (type?.property ?? null) : null;
}

/** A property of a relationship that holds an instant, as all others of its graph do. */
export interface AccessTime {
  readonly property: string;
  readonly type: 'datetime' | 'iso_text' | 'epoch_ms';
}
