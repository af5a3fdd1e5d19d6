/** Makes vectors of texts. */
export interface Embedder {
  /** For logs and reports: what it is, and where. Never carries credentials. */
  readonly description: string;
  /** False where the vector store makes its own: then nothing is embedded here. */
  readonly makesVectors: boolean;
  /** True where an endpoint makes them, which can be down. */
  readonly remote: boolean;
  /** A vector for each text, in their order, all of one length. Rejects with `EmbeddingError`. */
  embed(texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]>;
  /** How long its vectors are, asked of the endpoint where nothing else says; `null` where it makes none. */
  dimensions(signal?: AbortSignal): Promise<number | null>;
  /** Makes vectors as a run would, and resolves with what it found, for reports; rejects with what a run would meet. */
  probe(signal?: AbortSignal): Promise<string>;
}

/** Where the vector store makes its own vectors. */
export const storesOwnEmbedder: Embedder = {
  description: "the vector store's own vectorizer",
  makesVectors: false,
  remote: false,
  embed: async (texts) => texts.map(() => []),
  dimensions: async () => null,
  probe: async () => storesOwnEmbedder.description,
};
