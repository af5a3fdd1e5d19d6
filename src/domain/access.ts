/** What the bearer of a token may do, and which partitions it may know of. */

/** Each includes those before it. */
export const scopes = ['read', 'run', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export function includesScope(held: Scope, needed: Scope): boolean {
  return scopes.indexOf(held) >= scopes.indexOf(needed);
}

/** Names of partitions by what they are; both `null`: everything may be seen. */
export interface View {
  readonly workspaces: readonly string[] | null;
  readonly groups: readonly string[] | null;
}

export function isLimited(view: View | undefined): view is View {
  return view !== undefined && (view.workspaces !== null || view.groups !== null);
}

/**
 * The partitions of a kind (`workspace`, `group` …) that may be seen; `null`: all of them. A view that is limited to
 * workspaces sees no groups, no partition of any other kind, and nothing of a job without partitions.
 */
export function visiblePartitions(view: View | undefined, kind: string | null): readonly string[] | null {
  if (!isLimited(view)) return null;
  if (kind === 'workspace') return view.workspaces ?? [];
  if (kind === 'group') return view.groups ?? [];
  return [];
}
