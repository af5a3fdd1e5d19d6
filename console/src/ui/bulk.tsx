import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { polled } from '../api/queries.ts';
import { plural } from '../words.ts';
import { Panel, Time } from './parts.tsx';

export type BulkAction = Answer<'GET /api/v1/bulk-actions/{bulk_action}'>;

const stepMs = 500;

/** Follows a bulk action to its end. It goes on by itself where the page is closed. Rejects with what failed. */
export function useBulkAction(): { readonly progress: string; readonly follow: (begun: BulkAction) => Promise<void> } {
  const client = useQueryClient();
  const [progress, setProgress] = useState('');
  const follow = async (begun: BulkAction) => {
    let now = begun;
    while (now.state === 'running') {
      setProgress(`${now.done} of ${now.total} done`);
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      if (document.hidden) continue;
      now = await call('GET /api/v1/bulk-actions/{bulk_action}', { path: { bulk_action: now.id } });
    }
    setProgress('');
    await client.invalidateQueries();
    if (now.state === 'interrupted' || now.failed.length > 0) throw new Error(resultOf(now));
  };
  return { progress, follow };
}

function resultOf({ state, total, done, failed }: BulkAction): string {
  const sentences = [
    `${done - failed.length} of ${total} done`,
    ...(failed.length === 0 ? [] : [`${failed.length} failed: ${failed.map(({ message }) => message).join(', ')}`]),
    ...(state === 'interrupted' ? ['interrupted, since the server has stopped: choose the others again'] : []),
  ];
  return `${sentences.join('. ')}.`;
}

const titles: Readonly<Record<BulkAction['action'], string>> = {
  retry_dead_letters: 'Try dead letters again',
  drop_dead_letters: 'Drop dead letters',
  pause_schedules: 'Pause schedules',
  resume_schedules: 'Resume schedules',
};

/** The latest actions of these kinds, with what came of them; nothing where there are none. */
export function BulkActions({ of }: { readonly of: readonly BulkAction['action'][] }) {
  const { data = [] } = useQuery({
    queryKey: ['bulk-actions'],
    queryFn: async ({ signal }) => (await call('GET /api/v1/bulk-actions', { signal })).bulk_actions,
    refetchInterval: polled,
  });
  const own = data.filter(({ action }) => of.includes(action)).slice(0, 5);
  if (own.length === 0) return null;
  return (
    <Panel title="Bulk actions">
      <ul>
        {own.map((one) => (
          <li key={one.id}>
            {titles[one.action]}, {plural(one.total, 'id')}: {one.state === 'running' ? 'running, ' : ''}
            {resultOf(one)}{' '}
            <span className="quiet">
              By {one.requested_by}, <Time at={one.started_at} />
              {one.reason === null ? '' : `: ${one.reason}`}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
