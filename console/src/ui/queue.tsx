import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { endSessionOn } from '../api/queries.ts';
import { navigate } from '../router.tsx';

interface QueueOptions<Decision> {
  readonly id: string;
  /** Ids in the order in which a person decides them. */
  readonly ids: readonly string[];
  /** Query under which the item is cached: the server's answer to a decision replaces it. */
  readonly queryKey: QueryKey;
  readonly placeOf: (id: string) => string;
  readonly send: (decision: Decision) => Promise<unknown>;
}

export interface Queue<Decision> {
  /** Place of the item, or -1 where the queue does not contain it. */
  readonly at: number;
  readonly length: number;
  readonly error: Error | null;
  /** Opens the item `step` places on, or the list where there is none. */
  readonly open: (step: number) => void;
  /** Sends the decision and opens the next item. */
  readonly decide: (decision: Decision) => void;
}

/** One item of a review queue: sends a person's decision and moves on. */
export function useQueue<Decision>({ id, ids, queryKey, placeOf, send }: QueueOptions<Decision>): Queue<Decision> {
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const sending = useRef(false);
  const at = ids.indexOf(id);
  const open = useCallback(
    (step: number) => {
      const next = ids[at + step];
      navigate(next === undefined ? '/review' : placeOf(next));
    },
    [ids, at, placeOf],
  );
  async function sendAndMove(decision: Decision): Promise<void> {
    // A key pressed twice decides once.
    if (sending.current) return;
    sending.current = true;
    setError(null);
    try {
      client.setQueryData(queryKey, await send(decision));
      void client.invalidateQueries({ queryKey: ['overview'] });
      if (at >= 0) open(1);
    } catch (caught) {
      const failure = caught instanceof Error ? caught : new Error(String(caught));
      endSessionOn(failure);
      setError(failure);
    } finally {
      sending.current = false;
    }
  }
  return { at, length: ids.length, error, open, decide: (decision) => void sendAndMove(decision) };
}

/** `3 of 12. `, or nothing where the queue does not contain the item. */
export function placeInQueue({ at, length }: Pick<Queue<never>, 'at' | 'length'>): string {
  return at < 0 ? '' : `${at + 1} of ${length}. `;
}

export function QueueSteps({ at, open }: Pick<Queue<never>, 'at' | 'open'>) {
  return (
    <>
      <button type="button" disabled={at <= 0} onClick={() => open(-1)}>
        Back <kbd>←</kbd>
      </button>
      <button type="button" disabled={at < 0} onClick={() => open(1)}>
        Skip <kbd>→</kbd>
      </button>
    </>
  );
}
