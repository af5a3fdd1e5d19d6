export interface Extracted {
  readonly title: string | null;
  readonly text: string;
  readonly linkShare: number;
}

export interface ExtractLimits {
  /** For messages. */
  readonly host: string;
  /** By `performance.now()`. */
  readonly outOfTimeAtMs: number;
  readonly signal: AbortSignal;
}
