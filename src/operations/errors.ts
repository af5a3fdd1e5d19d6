/**
 * A request that cannot be carried out. `usage`: the question was wrong (CLI exit 2, HTTP 400); `missing`: there is no
 * such thing (exit 1, 404); `conflict`: not in this state (exit 1, 409); `forbidden`: not by this token (exit 1, 403);
 * `busy`: not now, ask again (exit 6, 429).
 */
export class OperationError extends Error {
  override readonly name: string;
  readonly kind: 'usage' | 'missing' | 'conflict' | 'forbidden' | 'busy';
  readonly hint: string | null;

  constructor(kind: OperationError['kind'], name: string, message: string, hint: string | null = null) {
    super(message);
    this.name = name;
    this.kind = kind;
    this.hint = hint;
  }
}

export function unknownJob(id: string, known: readonly string[]): OperationError {
  return new OperationError('usage', 'UnknownJobError', `there is no job '${id}'`, `Jobs: ${known.join(', ')}`);
}

export function unknownRun(id: string): OperationError {
  return new OperationError('missing', 'UnknownRunError', `there is no run '${id}'`, 'See coppice runs.');
}
