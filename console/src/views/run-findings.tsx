import type { RunDetail } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { Id, Panel } from '../ui/parts.tsx';
import { count, plural } from '../words.ts';

type Finding = RunDetail['findings'][number];

const kinds: Readonly<Record<Finding['kind'], string>> = {
  spared: 'kept',
  not_restored: 'not put back',
  differs: 'put back with a difference',
};
const reasons: Readonly<Record<Finding['reason'], string>> = {
  referenced: 'another row references it',
  exists: 'it exists again',
  missing_reference: 'a row that it references does not exist',
  refused: 'the database refused it',
  changed: 'the database changed it',
};

/** The items that the run left out or could not handle exactly. */
export function Findings({ run }: { readonly run: RunDetail }) {
  const {
    findings,
    left_alone: leftAlone,
    superseded,
    failed_collections: failed,
    dead_letters: letters,
    notes = [],
  } = run;
  if ([findings, leftAlone, superseded, failed, notes].every((list) => list.length === 0) && letters === 0) return null;
  return (
    <Panel title="Left out">
      <ul className="findings">
        {letters === 0 ? null : (
          <li>
            <Link href={`/dead-letters?job=${encodeURIComponent(run.job)}`}>
              {plural(letters, 'partition was', 'partitions were')} given up
            </Link>
          </li>
        )}
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
        {failed.map(({ collection, error }) => (
          <li key={collection}>
            Collection <Id>{collection}</Id> was left out: {error.message}
          </li>
        ))}
        {findings.map(({ collection, kind, reason, id, key, table, column, constraint, documents }) => (
          <li key={`${collection} ${kind} ${reason} ${id} ${column} ${constraint}`}>
            {count(documents)} of <Id>{collection}</Id> {kinds[kind]}: {reasons[reason]}
            {id === null ? null : (
              <>
                , such as <Id>{id}</Id>
              </>
            )}
            {[table, column, constraint, key].some((one) => one !== null) ? (
              <small>{[table, column, constraint, key].filter((one) => one !== null).join(' · ')}</small>
            ) : null}
          </li>
        ))}
        {superseded.map(({ collection, id }) => (
          <li key={`${collection} ${id}`}>
            <Id>{id}</Id> of <Id>{collection}</Id> exists again, and was left alone
          </li>
        ))}
        {leftAlone.map(({ collection, id, outcome, reason }) => (
          <li key={`${collection} ${id}`}>
            <Id>{id}</Id> of <Id>{collection}</Id>: {outcome.replaceAll('_', ' ')}
            {reason === null ? '' : `, ${reason}`}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
