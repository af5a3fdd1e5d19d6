/**
 * A group's id is data and is always bound, never written into a query. An id that could be a pattern, that hides in a
 * log line or that fits no index is refused all the same: it is a mistake or an attack.
 */

export const longestGroupId = 256;

/** Why this is no group's id, or `null`. */
export function whyNoGroupId(id: unknown): string | null {
  if (typeof id !== 'string') return 'a group id must be text';
  if (id === '') return 'the group id is empty: every operation needs one group, and an empty id never means "all"';
  if (id.length > longestGroupId) return `the group id is longer than ${longestGroupId} characters`;
  if (/[*?%]/.test(id)) return 'the group id holds a wildcard (*, ? or %): one group is named at a time';
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(id)) return 'the group id holds control or invisible characters';
  if (id.trim() !== id) return 'the group id begins or ends with white space';
  return null;
}

export class GroupIdError extends Error {
  override readonly name = 'GroupIdError';
}

export function requireGroupId(id: unknown): asserts id is string {
  const problem = whyNoGroupId(id);
  if (problem !== null) throw new GroupIdError(problem);
}
