import { type AnchorHTMLAttributes, type MouseEvent, useMemo, useSyncExternalStore } from 'react';

/** Views by their addresses, on the History API: the address says all of what is shown, so that it can be sent to others. */

const changed = 'coppice:navigated';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(changed, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(changed, listener);
  };
}

export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  window.dispatchEvent(new Event(changed));
  if (!replace) window.scrollTo(0, 0);
}

export interface Place {
  readonly path: string;
  readonly search: URLSearchParams;
}

export function usePlace(): Place {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  return useMemo(() => {
    const url = new URL(address, location.origin);
    return { path: url.pathname, search: url.searchParams };
  }, [address]);
}

export function Link({ href = '/', onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement>) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}

/** As the API takes them. */
export const longestId = 500;
export const longestName = 1000;

/** Whether a store can hold this text. */
export function isText(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && !text.includes('\0');
}

/** The parameter of a path such as `/runs/ID`, or `null` where the path is another, or its parameter can be no id. */
export function parameterOf(path: string, prefix: string, form = /./): string | null {
  if (!path.startsWith(`${prefix}/`)) return null;
  const rest = path.slice(prefix.length + 1);
  try {
    const id = decodeURIComponent(rest);
    return rest.includes('/') || !isText(id, longestId) || !form.test(id) ? null : id;
  } catch {
    return null;
  }
}
