import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isOpen } from '../words.ts';
import { pollMs, type Run, type RunDetail, runQuery } from './queries.ts';

/**
 * Follows an open run over server-sent events. A hidden tab holds no stream: browsers allow few connections to one server,
 * and all tabs share them. After the last event the run is read once more, with what events do not carry.
 */
export function useRunEvents(id: string, run: RunDetail | undefined): void {
  const client = useQueryClient();
  const open = run !== undefined && isOpen(run);
  useEffect(() => {
    if (!open) return;
    const key = runQuery(id).queryKey;
    let source: EventSource | null = null;
    let later: ReturnType<typeof setTimeout> | undefined;
    const take = (event: MessageEvent<string>) => {
      const fresh = JSON.parse(event.data) as Run;
      client.setQueryData(key, (known) => (known === undefined ? known : { ...known, ...fresh }));
    };
    const end = () => {
      source?.close();
      source = null;
      void client.invalidateQueries();
    };
    const follow = () => {
      if (document.hidden) {
        source?.close();
        source = null;
      } else if (source === null) {
        source = new EventSource(`/api/v1/runs/${encodeURIComponent(id)}/events`);
        source.addEventListener('progress', take);
        source.addEventListener('end', end);
        source.addEventListener('error', () => {
          // Refused, and not merely interrupted: the browser does not try again. The run may still be open.
          if (source?.readyState !== EventSource.CLOSED) return;
          end();
          clearTimeout(later);
          later = setTimeout(follow, pollMs);
        });
      }
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      clearTimeout(later);
      source?.close();
    };
  }, [client, id, open]);
}
