import { useQuery } from '@tanstack/react-query';
import { type Collection, collectionsQuery, healthQuery, overviewQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { Bars, lastDays } from '../ui/charts.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { capital, count } from '../words.ts';

const growthDays = 30;

/** Every collection and graph as it is mapped, with its growth and drift, and whether all stores answer. */
export function Stores() {
  const collections = useQuery(collectionsQuery);
  const overview = useQuery(overviewQuery);
  const health = useQuery(healthQuery);
  const rowsOf = (name: string) => {
    const counted = (overview.data?.surveys ?? []).flatMap((one) =>
      one.collections.filter((of) => of.collection === name),
    );
    return Math.max(-1, ...counted.map(({ rows }) => rows));
  };
  return (
    <Page title="Stores" filters={useFilters({})}>
      <Panel title="Health">
        <Loaded query={health}>
          {({ checks }) => (
            <ul className="checks">
              {checks.map(({ name, ok, message }) => (
                <li key={name} data-ok={ok}>
                  <strong>{capital(name)}</strong>
                  <small>{ok ? message : `does not answer: ${message}`}</small>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </Panel>
      <Loaded query={collections}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No collection is mapped." command="coppice init" />
          ) : (
            <div className="stores">
              {all.map((one) => (
                <Store key={one.name} collection={one} surveyed={rowsOf(one.name)} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Store({ collection, surveyed }: { readonly collection: Collection; readonly surveyed: number }) {
  const { name, kind, mapped, place, fields, vectors, jobs, days, drift } = collection;
  const last = days.at(-1)?.rows ?? surveyed;
  const first = days[0]?.rows ?? last;
  const growth = last - first;
  const rowsOn = new Map(days.map(({ day, rows }) => [day, rows]));
  const bars = lastDays(growthDays).map((label) => ({ label, value: rowsOn.get(label) ?? 0 }));
  return (
    <Panel title={name} aside={<span className="quiet">{kind}</span>}>
      <p className="figure">
        {last < 0 ? (
          <span className="quiet">{kind === 'graph' ? 'counted by group' : 'not counted yet'}</span>
        ) : (
          <>
            <strong>{count(last)}</strong> rows
            {growth === 0 ? '' : `, ${growth > 0 ? '+' : '−'}${count(Math.abs(growth))} in ${days.length} days`}
          </>
        )}
      </p>
      {days.length < 2 ? null : <Bars bars={bars} name="Rows per day" />}
      <dl className="facts small">
        <div>
          <dt>In</dt>
          <dd>
            <Id>{place}</Id>
            {mapped ? '' : ' (Coppice’s own schema)'}
          </dd>
        </div>
        {vectors === null ? null : (
          <div>
            <dt>Vectors</dt>
            <dd>
              <Id>{vectors}</Id>
            </dd>
          </div>
        )}
        <div>
          <dt>Jobs</dt>
          <dd>
            {jobs.length === 0 ? 'none' : null}
            {jobs.map((job, at) => (
              <span key={job}>
                {at === 0 ? '' : ', '}
                <Link href={`/jobs/${encodeURIComponent(job)}`}>{job}</Link>
              </span>
            ))}
          </dd>
        </div>
        {drift === null ? null : (
          <div>
            <dt>Drift</dt>
            <dd>
              {drift.rows_without_vectors + drift.vectors_without_row === 0
                ? 'none'
                : `${count(drift.rows_without_vectors)} rows without vectors, ${count(drift.vectors_without_row)} vectors without a row`}
              , measured <Time at={drift.measured_at} />
            </dd>
          </div>
        )}
      </dl>
      {Object.keys(fields).length === 0 ? null : (
        <details>
          <summary>Mapping</summary>
          <dl className="facts small">
            {Object.entries(fields).map(([field, path]) => (
              <div key={field}>
                <dt>{field}</dt>
                <dd>
                  <Id>{path}</Id>
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Panel>
  );
}
