import { useEffect } from 'react';

/** Keys that decide, unless something is being typed or a key of the browser is pressed. */
export function useKeys(decisions: Readonly<Record<string, () => void>>, open: (step: number) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog') !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key === 'ArrowLeft') open(-1);
      else if (event.key === 'ArrowRight') open(1);
      else decisions[event.key.toLowerCase()]?.();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [decisions, open]);
}
