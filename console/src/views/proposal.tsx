import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../api/client.ts';
import { openProposals, proposalQuery, proposalQueueQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useKeys } from '../ui/keys.ts';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Id, Loaded, Panel } from '../ui/parts.tsx';
import { placeInQueue, QueueSteps, useQueue } from '../ui/queue.tsx';
import { isMissing, NotFound } from './not-found.tsx';

type Proposal = Answer<'GET /api/v1/proposals/{proposal}'>;

const stateWords: Readonly<Record<Proposal['state'], string>> = {
  asking: 'The model has not answered yet.',
  proposed: 'The next run applies it.',
  related: 'No run applies it unless a person accepts it.',
  nothing: 'There is nothing to change.',
  unusable: 'The answer of the model cannot be used.',
  accepted: 'A person has accepted it: the next run applies it.',
  rejected: 'A person has rejected it: no run applies it.',
  never: 'A person wants it left alone: nothing is asked about it again.',
  applied: 'A run has applied it.',
  undone: 'An undo has taken it back.',
  reverted: 'The run that applied it has taken it back.',
  outdated: 'The data has changed since: no run applies it.',
};

type Decision = 'accept' | 'reject' | 'never';

export function proposalPlace(id: string): string {
  return `/review/${encodeURIComponent(id)}`;
}

/** One proposal as a diff, decided by key: y, n, x, and arrows to go on and back. */
export function ProposalView({ id }: { readonly id: string }) {
  const queue = useQuery(proposalQueueQuery);
  const proposal = useQuery(proposalQuery(id));
  if (isMissing(proposal)) return <NotFound what="proposal" id={id} list={['/review', 'Review']} />;
  return (
    <Page title="Is this change right?" above={<Link href="/review">Review</Link>}>
      <Loaded query={queue}>{(all) => <One id={id} queue={all.map((one) => one.id)} />}</Loaded>
    </Page>
  );
}

function One({ id, queue: ids }: { readonly id: string; readonly queue: readonly string[] }) {
  const may = useMay();
  const query = proposalQuery(id);
  const proposal = useQuery(query);
  const queue = useQueue<Decision>({
    id,
    ids,
    queryKey: query.queryKey,
    placeOf: proposalPlace,
    send: (decision) => call(`POST /api/v1/proposals/{proposal}/${decision}`, { path: { proposal: id } }),
  });
  const { error, open, decide } = queue;
  const mayDecide = may('admin', { whole: false });
  const undecided = openProposals.some((state) => state === proposal.data?.state);
  const keys = { y: () => decide('accept'), n: () => decide('reject'), x: () => decide('never') };
  useKeys(mayDecide && undecided ? keys : {}, open);
  return (
    <Loaded query={proposal}>
      {(data) => (
        <>
          <p className="lead">
            {placeInQueue(queue)}
            <Id>{data.entity_id}</Id>, {data.entity_type} of <Id>{data.collection}</Id>, by {data.model ?? 'rules'}.
            {undecided ? '' : ` ${stateWords[data.state]}`}
          </p>
          {error === null ? null : <ErrorNote error={error} />}
          {data.problem === null ? null : <p className="note">{data.problem}</p>}
          <Panel title="Proposed change">
            <Diff proposal={data} />
          </Panel>
          <div className="decide">
            {mayDecide ? (
              <>
                <button type="button" className="primary" disabled={!undecided} onClick={() => decide('accept')}>
                  Accept <kbd>y</kbd>
                </button>
                <button type="button" disabled={!undecided} onClick={() => decide('reject')}>
                  Reject <kbd>n</kbd>
                </button>
                <button type="button" disabled={!undecided} onClick={() => decide('never')}>
                  Never ask again <kbd>x</kbd>
                </button>
              </>
            ) : null}
            <QueueSteps {...queue} />
          </div>
        </>
      )}
    </Loaded>
  );
}

function Diff({ proposal: { lines, changes, state } }: { readonly proposal: Proposal }) {
  if (lines.length === 0)
    return <p className="quiet">{state === 'nothing' ? 'No line would change.' : 'The texts have expired.'}</p>;
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
