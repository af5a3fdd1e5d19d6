import type { Survey } from '../api/queries.ts';
import { Id, Panel, Time } from '../ui/parts.tsx';
import { count, percent, plural } from '../words.ts';

const shownPartitions = 12;

/** Results of a survey: exceeded limits first, then collections and the partitions with most due rows. */
export function SurveyPanel({ survey, isDecision }: { readonly survey: Survey; readonly isDecision: boolean }) {
  const due = survey.due ?? survey.would_delete;
  const verb = survey.would_delete === 0 && due > 0 ? 'would be handled' : 'would go';
  const asides: readonly (readonly [string, number])[] = [
    ['on hold', survey.on_hold],
    ['without a partition', survey.unscoped],
    ['without an id, or with a value that cannot be read', survey.unreadable],
  ];
  const spared = asides.filter(([, value]) => value > 0);
  return (
    <Panel
      title={isDecision ? 'What it would do' : 'Survey'}
      aside={
        <span className="quiet">
          at <Time at={survey.cutoff} exact />
        </span>
      }
    >
      <p className="figure">
        <strong>{count(due)}</strong> of {count(survey.rows)} rows {verb}, in{' '}
        {plural(survey.partition_count, 'partition')}
      </p>
      {survey.would_hold.length === 0 ? null : (
        <ul className="limits">
          {survey.would_hold.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      )}
      {survey.collections === undefined || survey.collections.length === 0 ? null : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Collection</th>
              <th scope="col" className="number">
                Due
              </th>
              <th scope="col" className="number">
                Of
              </th>
              <th scope="col" className="number">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            {survey.collections.map((one) => (
              <tr key={one.collection}>
                <td>
                  <Id>{one.collection}</Id>
                  {(one.notes ?? []).map((note) => (
                    <small key={note}>{note}</small>
                  ))}
                </td>
                <td className="number">{count(one.due)}</td>
                <td className="number">{count(one.share_rows)}</td>
                <td className="number">{percent(one.share)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Partitions survey={survey} />
      {spared.length === 0 ? null : (
        <p className="quiet">Left alone: {spared.map(([words, value]) => `${count(value)} ${words}`).join(', ')}.</p>
      )}
    </Panel>
  );
}

function Partitions({ survey: { partitions, partition_count: all } }: { readonly survey: Survey }) {
  if (partitions.length === 0) return null;
  const shown = partitions.slice(0, shownPartitions);
  return (
    <table className="table partitions">
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col">Why</th>
          <th scope="col" className="number">
            Due
          </th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ collection, partition, rows, due, would_delete, reasons, sample_ids: samples }) => {
          const value = due ?? would_delete;
          const share = rows === 0 ? 0 : value / rows;
          const why = Object.entries(reasons).filter(([, of]) => of > 0);
          return (
            <tr key={`${collection} ${partition}`}>
              <td>
                <Id title={samples.length === 0 ? partition : `${partition}, such as ${samples.join(', ')}`}>
                  {partition}
                </Id>
              </td>
              <td>
                {why
                  .map(([reason, of]) => (why.length === 1 ? reason : `${reason} ${count(of)}`))
                  .join(', ')
                  .replaceAll('_', ' ')}
              </td>
              <td className="number">{count(value)}</td>
              <td>
                <span className="share">
                  <progress max={1} value={share} aria-label={`Share of ${partition}`} />
                  {percent(share)}
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
      {all <= shown.length ? null : (
        <caption>
          The {shown.length} of {count(all)} partitions with most.
        </caption>
      )}
    </table>
  );
}
