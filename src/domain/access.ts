/** Rights of the bearer of a token, and the partitions that it may see. */

/** Each includes those before it. */
export const scopes = ['read', 'run', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export function includesScope(held: Scope, needed: Scope): boolean {
  return scopes.indexOf(held) >= scopes.indexOf(needed);
}

/** The kinds of partition that a token can be limited to, and the list of a view that names such partitions. */
export const viewLists = { workspace: 'workspaces', group: 'groups', user: 'users', entity: 'entities' } as const;
export type ViewList = (typeof viewLists)[keyof typeof viewLists];

/** Names of partitions by kind. All lists `null`: everything may be seen. */
export type View = Readonly<Record<ViewList, readonly string[] | null>>;

export const wholeView: View = { workspaces: null, groups: null, users: null, entities: null };

export function isLimited(view: View | undefined): view is View {
  return view !== undefined && Object.values(viewLists).some((list) => view[list] !== null);
}

/**
 * Returns the partitions of a kind (`workspace`, `user` …) that may be seen, or `null` for all of them. A view that is
 * limited to workspaces sees no partition of another kind, and nothing of a job without partitions. A view that is
 * limited at all sees no partition of a kind that tokens cannot be limited to (`organisation`).
 */
export function visiblePartitions(view: View | undefined, kind: string | null): readonly string[] | null {
  if (!isLimited(view)) return null;
  return isViewKind(kind) ? (view[viewLists[kind]] ?? []) : [];
}

function isViewKind(kind: string | null): kind is keyof typeof viewLists {
  return kind !== null && Object.hasOwn(viewLists, kind);
}
