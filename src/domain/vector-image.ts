/** One object as it stands in the store, whole: enough to put it back exactly. */
export interface VectorImage {
  /** The store's own id: a uuid on Weaviate, the chunk's key in a table. */
  readonly id: string;
  readonly documentId: string;
  /** Everything but the vectors, as JSON. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** By name; a store with a single unnamed vector uses the name `default`. 32-bit floats. */
  readonly vectors: Readonly<Record<string, readonly number[]>>;
  /** What the store can compare to tell that the object was written since, e.g. its last update in ms; else `null`. */
  readonly revision: string | null;
}
