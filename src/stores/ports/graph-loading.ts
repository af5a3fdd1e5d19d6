/** Writes that the application, or a person on its behalf, asks for. */
export interface GraphLoading {
  /**
   * Writes lines of the default schema, replacing what exists under the same id; `null` where the graph is the
   * application's own. All lines of a call, or none, where the store can.
   */
  readonly load: ((lines: readonly GraphLine[]) => Promise<void>) | null;
  /** Marks documents of the group as deprecated, with the edges and vectors that come from them alone; idempotent. */
  deprecate(group: string, documents: readonly string[], at: Date, signal?: AbortSignal): Promise<Deprecated>;
}

export interface Deprecated {
  /** Documents that are deprecated since; those that were before are not counted. */
  readonly documents: number;
  /** Ids that the group does not have. */
  readonly missing: readonly string[];
  readonly relations: number;
  readonly vectors: number;
}

/** A line of `coppice load graph`, checked. Times are instants in ISO 8601. */
export type GraphLine = GraphLineBase &
  (
    | { readonly type: 'document'; readonly id: string }
    | { readonly type: 'entity'; readonly id: string; readonly entity_type?: string }
    | { readonly type: 'mention'; readonly document: string; readonly entity: string }
    | {
        readonly type: 'relation';
        readonly id: string;
        readonly source: string;
        readonly target: string;
        readonly document?: string;
        readonly weight?: number;
      }
    | { readonly type: 'vector'; readonly id: string; readonly document?: string; readonly entity?: string }
  );

interface GraphLineBase {
  readonly group_id: string;
  readonly name?: string;
  readonly summary?: string;
  readonly embedding?: readonly number[];
  readonly created_at?: string;
  readonly deprecated_at?: string;
}
