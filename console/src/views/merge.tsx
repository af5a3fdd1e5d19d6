import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../api/client.ts';
import { mergeQueueQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useKeys } from '../ui/keys.ts';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { placeInQueue, QueueSteps, useQueue } from '../ui/queue.tsx';
import { percent, plural } from '../words.ts';

type Merge = Answer<'GET /api/v1/merges/{merge}'>;
type Side = NonNullable<Merge['survivor_side']>;
type Decision = 'accept' | 'never' | 'split';

export function mergePlace(id: string): string {
  return `/merges/${encodeURIComponent(id)}`;
}

/** Two entities side by side, decided by key: y merges them, n keeps them apart, arrows go on and back. */
export function MergeView({ id }: { readonly id: string }) {
  const queue = useQuery(mergeQueueQuery);
  return (
    <Page title="Are these the same?" above={<Link href="/review">Review</Link>}>
      <Loaded query={queue}>{(all) => <One id={id} queue={all.map((one) => one.id)} />}</Loaded>
    </Page>
  );
}

function One({ id, queue: ids }: { readonly id: string; readonly queue: readonly string[] }) {
  const may = useMay();
  const merge = useQuery({
    queryKey: ['merge', id],
    queryFn: ({ signal }) => call('GET /api/v1/merges/{merge}', { path: { merge: id }, signal }),
  });
  const queue = useQueue<Decision>({
    id,
    ids,
    queryKey: ['merge', id],
    placeOf: mergePlace,
    send: (decision) => call(`POST /api/v1/merges/{merge}/${decision}`, { path: { merge: id } }),
  });
  const { error, open, decide } = queue;
  const state = merge.data?.state;
  const mayDecide = may('admin', { whole: false });
  const undecided = state === 'review' || state === 'proposed';
  useKeys(mayDecide && undecided ? { y: () => decide('accept'), n: () => decide('never') } : {}, open);
  return (
    <Loaded query={merge}>
      {(data) => (
        <>
          <p className="lead">
            {placeInQueue(queue)}
            {data.type} in group <Id>{data.group_id}</Id> of {data.graph}.{' '}
            {data.state === 'review' ? null : `It is ${data.state}.`}
          </p>
          {error === null ? null : <ErrorNote error={error} />}
          <Evidence merge={data} />
          <div className="columns">
            <SidePanel title="Stays" id={data.survivor} side={data.survivor_side} other={data.loser_side} />
            <SidePanel title="Goes into it" id={data.loser} side={data.loser_side} other={data.survivor_side} />
          </div>
          <div className="decide">
            {mayDecide ? (
              <>
                <button type="button" className="primary" disabled={!undecided} onClick={() => decide('accept')}>
                  Merge them <kbd>y</kbd>
                </button>
                <button type="button" disabled={!undecided} onClick={() => decide('never')}>
                  Keep apart <kbd>n</kbd>
                </button>
                {data.state === 'merged' ? (
                  <button type="button" onClick={() => decide('split')}>
                    Take apart
                  </button>
                ) : null}
              </>
            ) : null}
            <QueueSteps {...queue} />
          </div>
        </>
      )}
    </Loaded>
  );
}

function Evidence({ merge: { evidence, guard, bits, reason, merged } }: { readonly merge: Merge }) {
  const { cosine, same_name: sameName, agree, differ } = evidence;
  const said = [
    sameName ? 'the names are equal' : 'the names differ',
    cosine === null ? null : `the vectors are ${percent(cosine)} alike`,
    agree.length === 0 ? null : `they agree in ${agree.join(', ')}`,
    differ.length === 0 ? null : `they differ in ${differ.join(', ')}`,
    bits === null ? null : `the odds are 2 to the power of ${bits.toFixed(1)}`,
  ];
  return (
    <>
      <p>{said.filter((one) => one !== null).join('; ')}.</p>
      {guard === null ? null : (
        <p className="note" data-tone="ask">
          Not merged by itself: {guard}
        </p>
      )}
      {reason === null ? null : <p className="note">{reason}</p>}
      {merged === null ? null : (
        <p className="quiet">
          The merge moved {plural(merged.moved_edges, 'edge')} and joined {plural(merged.joined_edges, 'edge')}.
        </p>
      )}
    </>
  );
}

interface SidePanelProps {
  readonly title: string;
  readonly id: string;
  readonly side: Side | null;
  readonly other: Side | null;
}

function SidePanel({ title, id, side, other }: SidePanelProps) {
  if (side === null) {
    return (
      <Panel title={title}>
        <p className="quiet">
          <Id>{id}</Id> does not exist any more.
        </p>
      </Panel>
    );
  }
  return (
    <Panel title={title} aside={<Time at={side.created_at} />}>
      <p className="figure">
        <strong dir="auto">{side.name}</strong>
      </p>
      {side.text === '' ? null : <p dir="auto">{side.text}</p>}
      <dl className="facts small">
        <div>
          <dt>Id</dt>
          <dd>
            <Id>{side.id}</Id>
          </dd>
        </div>
        {Object.entries(side.properties).map(([name, value]) => {
          const theirs = other?.properties[name];
          return (
            <div key={name}>
              <dt>{name}</dt>
              <dd dir="auto">{theirs === undefined || theirs === value ? value : <mark>{value}</mark>}</dd>
            </div>
          );
        })}
        <div>
          <dt>Joined to</dt>
          <dd dir="auto">{side.neighbours.length === 0 ? 'nothing' : side.neighbours.join(', ')}</dd>
        </div>
      </dl>
    </Panel>
  );
}
