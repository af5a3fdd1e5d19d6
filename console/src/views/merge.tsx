import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../api/client.ts';
import { mergeQuery, mergeQueueQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { useKeys } from '../ui/keys.ts';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { placeInQueue, QueueSteps, useQueue } from '../ui/queue.tsx';
import { capital, percent, plural } from '../words.ts';
import { isMissing, NotFound } from './not-found.tsx';

type Merge = Answer<'GET /api/v1/merges/{merge}'>;
/** Words for the outcome of a pair; a pair that waits for a person has none. */
const stateWords: Readonly<Record<Merge['state'], string>> = {
  review: '',
  proposed: 'The next run merges the two.',
  accepted: 'The next run merges the two, because a person has agreed.',
  merged: 'The two are merged.',
  splitting: 'The next run takes the two apart again.',
  never: 'The two are kept apart.',
};

/** By guard, as the job names them. */
const guardWords: Readonly<Record<string, string>> = {
  type: 'their types differ',
  digits_only: 'they differ only in digits',
  number: 'they differ in a number',
  code: 'they differ in a code',
  quantity: 'they differ in a quantity',
  negation: 'one of them is negated',
  version: 'they differ in a version',
  alternative: 'they name different alternatives',
  text: 'their texts differ',
  contradicted: 'something that is known contradicts it',
  no_vector: 'one of them has no vector',
  ambiguous: 'others are as much alike',
  chain: 'it would join others that are not alike',
  error_rate: 'pairs of this kind are wrong too often',
};

type Side = NonNullable<Merge['survivor_side']>;
type Decision = 'accept' | 'never' | 'split';

export function mergePlace(id: string): string {
  return `/merges/${encodeURIComponent(id)}`;
}

/** Two entities side by side, decided by key: y merges them, n keeps them apart, arrows go on and back. */
export function MergeView({ id }: { readonly id: string }) {
  const queue = useQuery(mergeQueueQuery);
  const merge = useQuery(mergeQuery(id));
  if (isMissing(merge)) return <NotFound what="pair" id={id} list={['/review', 'Review']} />;
  return (
    <Page title="Are these the same?" above={<Link href="/review">Review</Link>}>
      <Loaded query={queue}>{(all) => <One id={id} queue={all.map((one) => one.id)} />}</Loaded>
    </Page>
  );
}

function One({ id, queue: ids }: { readonly id: string; readonly queue: readonly string[] }) {
  const may = useMay();
  const query = mergeQuery(id);
  const merge = useQuery(query);
  const queue = useQueue<Decision>({
    id,
    ids,
    queryKey: query.queryKey,
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
            {data.type} in group <Id>{data.group_id}</Id> of {data.graph}. {stateWords[data.state]}
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
      <p>{capital(said.filter((one) => one !== null).join('; '))}.</p>
      {guard === null ? null : (
        <p className="note" data-tone="ask">
          Not merged by itself: {guardWords[guard] ?? guard}.
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
    <Panel
      title={title}
      aside={
        side.created_at === null ? null : (
          <span className="quiet">
            created <Time at={side.created_at} />
          </span>
        )
      }
    >
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
