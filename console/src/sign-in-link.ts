/**
 * The secret of a sign-in link. It is in the fragment, which a browser sends to no server; it leaves the address at once,
 * so that it is neither in the history nor in a bookmark.
 */
export function takeLink(): string | null {
  const link = new URLSearchParams(location.hash.slice(1)).get('link');
  if (link === null) return null;
  history.replaceState(null, '', '/');
  return link;
}
