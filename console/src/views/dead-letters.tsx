import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { type DeadLetter, polled } from '../api/queries.ts';
import { Link, longestId } from '../router.tsx';
import { useMay } from '../session.ts';
import { BulkActions, useBulkAction } from '../ui/bulk.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Marked, Time } from '../ui/parts.tsx';
import { useSelection } from '../ui/selection.ts';
import { count, plural, sentence, shortId } from '../words.ts';

type Action = 'retry' | 'drop';
const shownAtOnce = 200;

/** Partitions that runs have given up, with their causes. */
export function DeadLetters() {
  const filters = useFilters({ job: longestId });
  const { job } = filters.values;
  const { chosen, choose, clear } = useSelection();
  const letters = useQuery({
    queryKey: ['dead-letters', job],
    queryFn: async ({ signal }) =>
      (await call('GET /api/v1/dead-letters', { query: job === '' ? {} : { job }, signal })).dead_letters,
    refetchInterval: polled,
  });
  return (
    <Page title="Dead letters" filters={filters} actions={<Bulk chosen={[...chosen]} onDone={clear} />}>
      {job === '' ? null : (
        <p>
          Of {job} only.{' '}
          <button type="button" className="plain" onClick={() => filters.set({ job: '' })}>
            Show all
          </button>
        </p>
      )}
      <Loaded query={letters}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No partition was given up." command="coppice dead-letters list" />
          ) : (
            <>
              <ul className="letters">
                {all.slice(0, shownAtOnce).map((letter) => (
                  <Letter
                    key={letter.id}
                    letter={letter}
                    chosen={chosen.has(letter.id)}
                    onChoose={(is) => choose(letter.id, is)}
                  />
                ))}
              </ul>
              {all.length <= shownAtOnce ? null : (
                <p className="quiet">
                  The latest {shownAtOnce} of {count(all.length)}.
                </p>
              )}
            </>
          )
        }
      </Loaded>
      <BulkActions of={['retry_dead_letters', 'drop_dead_letters']} />
    </Page>
  );
}

interface LetterProps {
  readonly letter: DeadLetter;
  readonly chosen: boolean;
  readonly onChoose: (is: boolean) => void;
}

function Letter({ letter, chosen, onChoose }: LetterProps) {
  const may = useMay();
  const { job, collection, partition, error, attempts, run_id: run, first_at: first, last_at: last } = letter;
  return (
    <li>
      {may('run', { whole: false }) ? (
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Choose ${partition} of ${job}`}
          onChange={(event) => onChoose(event.target.checked)}
        />
      ) : (
        <span />
      )}
      <div>
        <p>
          <strong>
            <Id>{partition}</Id>
          </strong>{' '}
          of <Id>{collection}</Id>, <Link href={`/jobs/${encodeURIComponent(job)}`}>{job}</Link>
        </p>
        <p className="cause">
          <Marked>{sentence(error.message)}</Marked>
        </p>
        {error.hint === null ? null : (
          <p className="quiet">
            <Marked>{error.hint}</Marked>
          </p>
        )}
        <p className="quiet">
          {plural(attempts, 'attempt')}, last <Time at={last} /> in{' '}
          <Link href={`/runs/${encodeURIComponent(run)}`}>run {shortId(run)}</Link>, first <Time at={first} />
        </p>
      </div>
    </li>
  );
}

/** One action on all of them: one that fails does not stop the others, and the result says which. */
function Bulk({ chosen, onDone }: { readonly chosen: readonly string[]; readonly onDone: () => void }) {
  const may = useMay();
  const [asked, setAsked] = useState<Action | null>(null);
  const { progress, follow } = useBulkAction();
  if (chosen.length === 0) return null;
  const apply = async (action: Action) => {
    const body = { action: `${action}_dead_letters` as const, ids: [...chosen] };
    await follow(await call('POST /api/v1/bulk-actions', { body }));
    onDone();
  };
  return (
    <>
      <span className="quiet">{count(chosen.length)} chosen</span>
      {may('admin', { whole: false }) ? (
        <button type="button" onClick={() => setAsked('drop')}>
          Drop
        </button>
      ) : null}
      <button type="button" className="primary" onClick={() => setAsked('retry')}>
        Try again
      </button>
      {asked === null ? null : (
        <Dialog
          title={`${asked === 'retry' ? 'Try again' : 'Drop'}: ${plural(chosen.length, 'dead letter')}?`}
          action={asked === 'retry' ? 'Try again' : 'Drop'}
          danger={asked === 'drop'}
          onClose={() => setAsked(null)}
          onSubmit={() => apply(asked)}
        >
          <p>
            {asked === 'retry'
              ? 'Starts a run for each, over just that partition.'
              : 'Forgets them. The next run comes to these partitions as to any other.'}
          </p>
          <p role="status">{progress}</p>
        </Dialog>
      )}
    </>
  );
}
