import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { jobsQuery, polled, type Run } from '../api/queries.ts';
import { Link, longestId } from '../router.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Loaded, Status, Time } from '../ui/parts.tsx';
import { didWords, duration, isOpen, kindWords, shortId, statusWords } from '../words.ts';

const pageSize = 50;
const statuses = Object.keys(statusWords) as Run['status'][];

/** Runs page by page as the server has them. New ones are announced instead of moving the rows under one's hand. */
export function Runs() {
  const filters = useFilters({ job: longestId, status: statuses });
  const { job } = filters.values;
  const status = statuses.find((one) => one === filters.values.status);
  const filter = { ...(job === '' ? {} : { job }), ...(status === undefined ? {} : { status }) };
  const jobs = useQuery(jobsQuery);
  const known = (jobs.data ?? []).map(({ id }) => id);
  // The filter shows what it filters by, also a job that does not exist.
  const jobIds = job === '' || known.includes(job) ? known : [job, ...known];
  const runs = useInfiniteQuery({
    queryKey: ['runs', 'pages', filter],
    queryFn: ({ signal, pageParam }) =>
      call('GET /api/v1/runs', {
        query: { ...filter, limit: pageSize, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
  });
  const shown = runs.data?.pages.flatMap((page) => page.runs) ?? [];
  const fresh = useNewer(filter, shown, runs.isSuccess);
  return (
    <Page title="Runs" filters={filters}>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label className="field">
          <span>Job</span>
          <select value={job} onChange={(event) => filters.set({ job: event.target.value })}>
            <option value="">All jobs</option>
            {jobIds.map((id) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Status</span>
          <select value={status ?? ''} onChange={(event) => filters.set({ status: event.target.value })}>
            <option value="">All</option>
            {statuses.map((one) => (
              <option key={one} value={one}>
                {statusWords[one]}
              </option>
            ))}
          </select>
        </label>
      </form>
      <p className="fresh" role="status">
        {fresh === 0 ? null : (
          <button type="button" onClick={() => void runs.refetch()}>
            {fresh >= pageSize ? `${pageSize}+ new` : `${fresh} new`}
          </button>
        )}
      </p>
      <Loaded query={runs}>
        {() =>
          shown.length === 0 ? (
            <Empty
              title="No run fits."
              command={job === '' ? 'coppice run ttl-cleanup --wait' : `coppice run ${job}`}
            />
          ) : (
            <RunTable runs={shown} />
          )
        }
      </Loaded>
      {runs.hasNextPage ? (
        <p className="more">
          <button type="button" disabled={runs.isFetchingNextPage} onClick={() => void runs.fetchNextPage()}>
            {runs.isFetchingNextPage ? 'Loading …' : 'Older runs'}
          </button>
        </p>
      ) : null}
    </Page>
  );
}

/** How many runs are newer than the first that is shown. */
function useNewer(
  filter: { readonly job?: string; readonly status?: Run['status'] },
  shown: readonly Run[],
  ready: boolean,
): number {
  const { data } = useQuery({
    queryKey: ['runs', 'newest', filter],
    queryFn: ({ signal }) => call('GET /api/v1/runs', { query: { ...filter, limit: pageSize }, signal }),
    refetchInterval: polled,
    enabled: ready,
  });
  const top = shown[0]?.run_id;
  const known = new Set(shown.map(({ run_id: id }) => id));
  const newer = (data?.runs ?? []).filter(({ run_id: id }) => !known.has(id));
  const at = data?.runs.findIndex(({ run_id: id }) => id === top) ?? -1;
  return at < 0 ? newer.length : Math.min(at, newer.length);
}

export function RunTable({ runs, withJob = true }: { readonly runs: readonly Run[]; readonly withJob?: boolean }) {
  return (
    <table className="table runs">
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">{withJob ? 'Job' : 'Run'}</th>
          <th scope="col">What it did</th>
          <th scope="col">Began</th>
          <th scope="col" className="number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.run_id}>
            <td>
              <Status status={run.status} decided={run.approval !== null} />
            </td>
            <td>
              <Link href={`/runs/${encodeURIComponent(run.run_id)}`}>
                {withJob ? run.job : shortId(run.run_id)}
                <span className="off-screen">{` ${shortId(run.run_id)}`}</span>
              </Link>
              {run.kind === 'sweep' || run.kind === 'task' ? null : (
                <small className="kind">{kindWords[run.kind]}</small>
              )}
            </td>
            <td className="did">{run.error === null || didWords(run) !== '' ? didWords(run) : run.error.message}</td>
            <td>
              <Time at={run.started_at} />
            </td>
            <td className="number">
              {run.duration_ms === null ? '–' : `${duration(run.duration_ms)}${isOpen(run) ? ' so far' : ''}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
