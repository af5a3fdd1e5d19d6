/**
 * Rule for memories that are copies of another one, and for the one that stays. The stores carry out the same rule in
 * their own language, and a test holds them to it case by case.
 */
export interface DedupRule {
  readonly kind: 'dedup';
  /** The run's fixed point in time, from the database's clock. */
  readonly cutoff: Date;
}

export interface ComparedMemory {
  readonly id: string;
  /** Bots do not see one another's memories: copies of two bots stay. */
  readonly bot: string | null;
  /** The same of conversations. */
  readonly session: string | null;
  readonly content: string | null;
  readonly contentHash: string | null;
  readonly pinned: boolean;
  readonly score: number | null;
  readonly createdAt: Date | null;
}

/**
 * Memories of one user with the same key are copies; `null` where a memory is no copy of any. With a hash, hash and text
 * must be the same, since a hash alone may collide; without one, the text without regard to white space.
 */
export function copyKey({ bot, session, content, contentHash }: Omit<ComparedMemory, 'id'>): string | null {
  if (content === null || isBlank(content)) return null;
  if (contentHash !== null && !isBlank(contentHash))
    return JSON.stringify(['hash', bot, session, contentHash, content]);
  return JSON.stringify(['text', bot, session, normalizedText(content)]);
}

/** Sorts the memory that stays before its copies: the pinned one, then the highest score, then the oldest, then by id. */
export function compareCopies(one: ComparedMemory, other: ComparedMemory): number {
  return (
    Number(other.pinned) - Number(one.pinned) ||
    compare(other.score ?? Number.NEGATIVE_INFINITY, one.score ?? Number.NEGATIVE_INFINITY) ||
    compare(time(one), time(other)) ||
    compare(one.id, other.id)
  );
}

/** White space of the rule, as the inside of a bracket expression that JavaScript and PostgreSQL read alike. */
export const whiteSpace = ' \\t\\n\\r\\f\\v\\u00a0';
const spaces = new RegExp(`[${whiteSpace}]+`, 'g');
const other = new RegExp(`[^${whiteSpace}]`);

function normalizedText(text: string): string {
  return text.normalize('NFC').replaceAll(spaces, ' ').trim();
}

function isBlank(text: string): boolean {
  return !other.test(text);
}

function time({ createdAt }: ComparedMemory): number {
  return createdAt?.getTime() ?? Number.POSITIVE_INFINITY;
}

function compare<T extends number | string>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
