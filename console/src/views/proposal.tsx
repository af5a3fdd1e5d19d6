import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type Answer, call } from '../api/client.ts';
import { endSessionOn, openProposals, proposalQueueQuery } from '../api/queries.ts';
import { Link, navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { useKeys } from '../ui/keys.ts';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Id, Loaded, Panel } from '../ui/parts.tsx';

type Decision = 'accept' | 'reject' | 'never';

export function proposalPlace(id: string): string {
  return `/review/${encodeURIComponent(id)}`;
}

/** One proposal as a diff, decided by key: y, n, x, and arrows to go on and back. */
export function ProposalView({ id }: { readonly id: string }) {
  const queue = useQuery(proposalQueueQuery);
  return (
    <Page title="Review" above={<Link href="/review">Review</Link>}>
      <Loaded query={queue}>{(all) => <One id={id} queue={all.map((one) => one.id)} />}</Loaded>
    </Page>
  );
}

function One({ id, queue }: { readonly id: string; readonly queue: readonly string[] }) {
  const client = useQueryClient();
  const may = useMay();
  const [error, setError] = useState<Error | null>(null);
  const proposal = useQuery({
    queryKey: ['proposal', id],
    queryFn: ({ signal }) => call('GET /api/v1/proposals/{proposal}', { path: { proposal: id }, signal }),
  });
  const at = queue.indexOf(id);
  const open = useCallback(
    (step: number) => {
      const next = queue[at + step];
      navigate(next === undefined ? '/review' : proposalPlace(next));
    },
    [queue, at],
  );
  const undecided = openProposals.some((state) => state === proposal.data?.state);
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
