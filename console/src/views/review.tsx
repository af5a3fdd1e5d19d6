import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { endSessionOn, type Proposal } from '../api/queries.ts';
import { Link, navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { count, plural } from '../words.ts';

const pageSize = 100;
type Decision = 'accept' | 'reject' | 'never';

const queueQuery = {
  queryKey: ['proposals', 'proposed'],
  queryFn: async ({ signal }: { readonly signal: AbortSignal }) =>
    (await call('GET /api/v1/proposals', { query: { state: 'proposed', limit: pageSize }, signal })).proposals,
  staleTime: 30_000,
};

/** Proposals one at a time, decided by key: y, n, never, and arrows to go on and back. */
export function Review({ id }: { readonly id: string | null }) {
  const queue = useQuery(queueQuery);
  return (
    <Page title="Review" above={id === null ? undefined : <Link href="/review">Review</Link>}>
      <Loaded query={queue}>
        {(all) => {
          if (id !== null) return <One key={id} id={id} queue={all} />;
          if (all.length === 0)
            return <Empty title="Nothing waits for a review." command="coppice run profile-maintenance --wait" />;
          return <Queue proposals={all} />;
        }}
      </Loaded>
    </Page>
  );
}

function placeOf({ id }: Pick<Proposal, 'id'>): string {
  return `/review/${encodeURIComponent(id)}`;
}

function Queue({ proposals }: { readonly proposals: readonly Proposal[] }) {
  const [first] = proposals;
  return (
    <>
      <p className="lead">
        {proposals.length >= pageSize ? `The latest ${pageSize}` : plural(proposals.length, 'proposal')}. The next run
        applies those that no one rejects, if the data is as it was.{' '}
        {first === undefined ? null : (
          <Link className="button" href={placeOf(first)}>
            Begin
          </Link>
        )}
      </p>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">About</th>
            <th scope="col">Job</th>
            <th scope="col" className="number">
              Lines to go
            </th>
            <th scope="col">By</th>
            <th scope="col">Made</th>
          </tr>
        </thead>
        <tbody>
          {proposals.map((one) => (
            <tr key={one.id}>
              <td>
                <Link href={placeOf(one)}>
                  <bdi className="id">{one.entity_id}</bdi>
                </Link>
                <small>
                  {one.entity_type} of {one.collection}
                </small>
              </td>
              <td>{one.job}</td>
              <td className="number">{count(one.due)}</td>
              <td>{one.model ?? 'rules'}</td>
              <td>
                <Time at={one.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function One({ id, queue }: { readonly id: string; readonly queue: readonly Proposal[] }) {
  const client = useQueryClient();
  const may = useMay();
  const [error, setError] = useState<Error | null>(null);
  const proposal = useQuery({
    queryKey: ['proposal', id],
    queryFn: ({ signal }) => call('GET /api/v1/proposals/{proposal}', { path: { proposal: id }, signal }),
  });
  const at = queue.findIndex((one) => one.id === id);
  const open = useCallback(
    (step: number) => {
      const next = queue[at + step];
      navigate(next === undefined ? '/review' : placeOf(next));
    },
    [queue, at],
  );
  const undecided = proposal.data?.state === 'proposed';
  const decide = useCallback(
    async (decision: Decision) => {
      if (!undecided) return;
      try {
        const decided = await call(`POST /api/v1/proposals/{proposal}/${decision}`, { path: { proposal: id } });
        client.setQueryData(['proposal', id], decided);
        void client.invalidateQueries({ queryKey: ['overview'] });
        open(1);
      } catch (caught) {
        const failure = caught instanceof Error ? caught : new Error(String(caught));
        endSessionOn(failure);
        setError(failure);
      }
    },
    [client, id, open, undecided],
  );
  const mayDecide = may('admin', { whole: false });
  useKeys(
    mayDecide ? { y: () => void decide('accept'), n: () => void decide('reject'), x: () => void decide('never') } : {},
    open,
  );
  return (
    <Loaded query={proposal}>
      {(data) => (
        <>
          <p className="lead">
            {at < 0 ? '' : `${at + 1} of ${queue.length}. `}
            <Id>{data.entity_id}</Id>, {data.entity_type} of <Id>{data.collection}</Id>, by {data.model ?? 'rules'}.
            {undecided ? '' : ` It is ${data.state}.`}
          </p>
          {error === null ? null : <ErrorNote error={error} />}
          {data.problem === null ? null : <p className="note">{data.problem}</p>}
          <Panel title="Proposed change">
            <Diff proposal={data} />
          </Panel>
          <div className="decide">
            {mayDecide ? (
              <>
                <button type="button" className="primary" disabled={!undecided} onClick={() => void decide('accept')}>
                  Accept <kbd>y</kbd>
                </button>
                <button type="button" disabled={!undecided} onClick={() => void decide('reject')}>
                  Reject <kbd>n</kbd>
                </button>
                <button type="button" disabled={!undecided} onClick={() => void decide('never')}>
                  Never ask again <kbd>x</kbd>
                </button>
              </>
            ) : null}
            <button type="button" disabled={at <= 0} onClick={() => open(-1)}>
              Back <kbd>←</kbd>
            </button>
            <button type="button" disabled={at < 0} onClick={() => open(1)}>
              Skip <kbd>→</kbd>
            </button>
          </div>
        </>
      )}
    </Loaded>
  );
}

/** Keys that decide, unless something is being typed or a key of the browser is pressed. */
function useKeys(decisions: Readonly<Record<string, () => void>>, open: (step: number) => void): void {
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

function Diff({ proposal: { lines, changes } }: { readonly proposal: Answer<'GET /api/v1/proposals/{proposal}'> }) {
  if (lines.length === 0) return <p className="quiet">The texts have expired.</p>;
  const changeOf = new Map(changes.flatMap((change) => change.lines.map((line) => [line, change] as const)));
  return (
    <ul className="diff">
      {lines.map(({ line, category, key, value }) => {
        const change = changeOf.get(line);
        return (
          <li key={line} data-goes={change !== undefined}>
            <span className="line-no">{line}</span>
            <span dir="auto">
              {change === undefined ? `${category} · ${key}: ${value}` : <del>{`${category} · ${key}: ${value}`}</del>}
              {change === undefined ? null : (
                <small>
                  {change.reason}
                  {change.by === null ? '' : `, line ${change.by} stays`} ({change.decided_by})
                </small>
              )}
            </span>
          </li>
        );
      })}
      {changes.flatMap(({ added, reason, lines: gone }) =>
        added === null
          ? []
          : [
              <li key={`added ${gone.join(' ')} ${added.key}`} data-added>
                <span className="line-no">+</span>
                <span dir="auto">
                  <ins>{`${added.category} · ${added.key}: ${added.value}`}</ins>
                  <small>{reason}</small>
                </span>
              </li>,
            ],
      )}
    </ul>
  );
}
