/** `ConnectionError` and `TimeoutError` are names of the retry settings; the others are final. */
export type EmbeddingErrorName =
  | 'ConnectionError'
  | 'TimeoutError'
  /** The endpoint refuses what we are or ask for: key, model, address. */
  | 'EmbeddingRefusedError'
  /** The endpoint refuses these very texts. */
  | 'TextRefusedError';

/** An endpoint of embeddings that failed. The message names the endpoint, never a text or a key. */
export class EmbeddingError extends Error {
  override readonly name: EmbeddingErrorName;
  /** How long the endpoint asked to be left in peace. */
  readonly retryAfterMs: number | null;

  constructor(name: EmbeddingErrorName, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.name = name;
    this.retryAfterMs = retryAfterMs;
  }
}
