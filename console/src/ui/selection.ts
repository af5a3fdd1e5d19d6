import { focusManager } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

export interface Selection {
  readonly chosen: ReadonlySet<string>;
  readonly choose: (id: string, is: boolean) => void;
  readonly clear: () => void;
}

/**
 * Rows that a person has chosen. Nothing polls meanwhile, as in a hidden tab: a row must not move or vanish under the hand,
 * and a count beside it must not say something else.
 */
export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const any = chosen.size > 0;
  useEffect(() => {
    if (!any) return;
    focusManager.setFocused(false);
    return () => focusManager.setFocused(undefined);
  }, [any]);
  return {
    chosen,
    choose: (id, is) => setChosen((before) => new Set(is ? [...before, id] : [...before].filter((one) => one !== id))),
    clear: () => setChosen(new Set()),
  };
}
