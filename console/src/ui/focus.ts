import { useEffect } from 'react';

/**
 * Keeps the focus in the page where an action takes away what held it: a button that is disabled while it works has the focus
 * back when it is done, and where the element does not exist any more the heading of the view receives it. A keyboard would
 * otherwise begin again at the top of the page, and a screen reader fall silent.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: Element | null = null;
    const remember = ({ target }: FocusEvent) => {
      last = target instanceof Element ? target : null;
    };
    // A click beside everything gives the focus up on purpose.
    const forget = () => {
      last = null;
    };
    const restore = () => {
      if (last === null || document.activeElement !== document.body || !document.hasFocus()) return;
      const held = last.isConnected ? last : document.querySelector('main h1');
      if (held instanceof HTMLElement && !held.matches(':disabled')) held.focus({ preventScroll: true });
    };
    const observer = new MutationObserver(restore);
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    document.addEventListener('focusin', remember);
    document.addEventListener('pointerdown', forget);
    return () => {
      observer.disconnect();
      document.removeEventListener('focusin', remember);
      document.removeEventListener('pointerdown', forget);
    };
  }, []);
}
