/** `ConnectionError` and `TimeoutError` are names of the retry settings; the others are final. */
export type EmbeddingErrorName =
  | 'ConnectionError'
  | 'TimeoutError'
  /** The endpoint refuses the key, the model or the address, or gives no usable vectors for any text. */
  | 'EmbeddingRefusedError'
  /** The endpoint refuses these very texts, or gives no usable vectors for them. */
  | 'TextRefusedError';

export interface EmbeddingErrorDetails {
  /** How long the endpoint asked to be left in peace. */
  readonly retryAfterMs?: number | null;
  /** True where the texts may be the cause, or the size of the request: asking for fewer of them can help. */
  readonly byTexts?: boolean;
  /** How many texts the endpoint takes in one request, where it said so. */
  readonly mostTexts?: number | null;
}

/** An endpoint of embeddings that failed. The message names the endpoint, never a text or a key. */
export class EmbeddingError extends Error {
  override readonly name: EmbeddingErrorName;
  readonly retryAfterMs: number | null;
  readonly byTexts: boolean;
  readonly mostTexts: number | null;

  constructor(name: EmbeddingErrorName, message: string, details: EmbeddingErrorDetails = {}) {
    super(message);
    this.name = name;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.byTexts = details.byTexts ?? false;
    this.mostTexts = details.mostTexts ?? null;
  }

  /** Whether a later try may succeed. */
  get mayPass(): boolean {
    return this.name === 'ConnectionError' || this.name === 'TimeoutError';
  }
}
