import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import type { Group } from '../api/queries.ts';
import { navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Time } from '../ui/parts.tsx';
import { count } from '../words.ts';

const pageSize = 100;

/** Groups of graphs: which have changed since they were last collected, and what the last look found. */
export function Groups() {
  const filters = useFilters({ stale: ['yes'] });
  const stale = filters.values.stale === 'yes';
  const [maintained, setMaintained] = useState<Group | null>(null);
  const groups = useInfiniteQuery({
    queryKey: ['groups', stale],
    queryFn: ({ signal, pageParam }) =>
      call('GET /api/v1/groups', {
        query: {
          ...(stale ? { stale: 'true' as const } : {}),
          limit: pageSize,
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
  });
  const all = groups.data?.pages.flatMap((page) => page.groups) ?? [];
  return (
    <Page title="Groups" filters={filters}>
      <form className="filters">
        <label className="check">
          <input
            type="checkbox"
            checked={stale}
            onChange={(event) => filters.set({ stale: event.target.checked ? 'yes' : '' })}
          />
          Only stale
        </label>
      </form>
      <Loaded query={groups}>
        {() =>
          all.length === 0 ? (
            <Empty
              title={
                stale ? 'No group is stale.' : 'No group is known yet: the first run, or a mark, makes groups known.'
              }
              command={stale ? 'coppice groups list' : 'coppice run group-maintenance --wait'}
            />
          ) : (
            <GroupTable groups={all} onMaintain={setMaintained} />
          )
        }
      </Loaded>
      {groups.hasNextPage ? (
        <p className="more">
          <button type="button" disabled={groups.isFetchingNextPage} onClick={() => void groups.fetchNextPage()}>
            More groups
          </button>
        </p>
      ) : null}
      {maintained === null ? null : <Maintain group={maintained} onClose={() => setMaintained(null)} />}
    </Page>
  );
}

function GroupTable({
  groups,
  onMaintain,
}: {
  readonly groups: readonly Group[];
  readonly onMaintain: (group: Group) => void;
}) {
  const may = useMay();
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col">State</th>
          <th scope="col" className="number">
            Items
          </th>
          <th scope="col" className="number wide">
            Communities
          </th>
          <th scope="col" className="wide">
            Collected
          </th>
          <th scope="col">
            <span className="off-screen">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr key={group.key}>
            <td>
              <Id>{group.group_id}</Id>
              <small>{group.graph}</small>
            </td>
            <td>
              {group.gds_stale ? (
                <>
                  <span className="tag">stale</span>{' '}
                  <small>
                    {group.stale_reason?.replaceAll('_', ' ')}{' '}
                    {group.stale_since === null ? null : <Time at={group.stale_since} />}
                  </small>
                </>
              ) : (
                'current'
              )}
              {group.consecutive_failures === 0 ? null : (
                <small className="cause">
                  failed {count(group.consecutive_failures)} times: {group.last_error}
                </small>
              )}
            </td>
            <td className="number">{count(group.items)}</td>
            <td className="number wide">{group.communities === null ? '–' : count(group.communities)}</td>
            <td className="wide">
              <Time at={group.last_collection_at} />
            </td>
            <td>
              {may('run', { whole: false }) ? (
                <button type="button" onClick={() => onMaintain(group)}>
                  Maintain<span className="off-screen"> {group.group_id}</span>
                </button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Maintain({ group: { group_id, graph }, onClose }: { readonly group: Group; readonly onClose: () => void }) {
  const client = useQueryClient();
  return (
    <Dialog
      title={`Maintain group ${group_id}?`}
      action="Maintain"
      onClose={onClose}
      onSubmit={async () => {
        const run = await call('POST /api/v1/groups/maintain', { query: { group_id, graph } });
        void client.invalidateQueries();
        navigate(`/runs/${encodeURIComponent(run.run_id)}`);
      }}
    >
      <p>Collects what is stale in this group, and recomputes its communities where that is needed.</p>
    </Dialog>
  );
}
