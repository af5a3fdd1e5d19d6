/** One object as it stands in the store, whole: enough to put it back exactly. */
export interface VectorImage {
  /** The store's own id: a uuid on Weaviate, the chunk's key in a table. */
  readonly id: string;
  readonly documentId: string;
  /** Everything but the vectors, as JSON. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** By name; a store with a single unnamed vector uses the name `default`. 32-bit floats. */
  readonly vectors: Readonly<Record<string, readonly number[]>>;
  /**
   * Value that the store compares to find out whether the object was written since, for instance its last update in ms;
   * else `null`.
   */
  readonly revision: string | null;
}
