import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../api/client.ts';
import { Link, longestId, longestName } from '../router.tsx';
import { useMay } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Time } from '../ui/parts.tsx';
import { capital, plural, shortId } from '../words.ts';

const names = ['collection', 'partition', 'id', 'run'] as const;
const mostListed = 1000;

/** Restored rows that no run takes again until their dates change, or a person lifts the hold. */
export function Holds() {
  const may = useMay();
  const client = useQueryClient();
  const filters = useFilters({ collection: longestId, partition: longestName, id: longestName, run: longestId });
  const [asked, setAsked] = useState(false);
  const filter = Object.fromEntries(Object.entries(filters.values).filter(([, value]) => value !== ''));
  const filtered = Object.keys(filter).length > 0;
  const holds = useQuery({
    queryKey: ['holds', filter],
    queryFn: async ({ signal }) => (await call('GET /api/v1/holds', { query: filter, signal })).holds,
  });
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    filters.set(Object.fromEntries(names.map((name) => [name, String(form.get(name) ?? '').trim()])));
  };
  const shown = holds.data ?? [];
  return (
    <Page
      title="Holds"
      filters={filters}
      actions={
        filtered && shown.length > 0 && may('admin', { whole: false }) ? (
          <button type="button" className="danger" onClick={() => setAsked(true)}>
            Lift these holds
          </button>
        ) : undefined
      }
    >
      <form className="filters" onSubmit={apply} key={JSON.stringify(filter)}>
        {names.map((name) => (
          <label className="field" key={name}>
            <span>{capital(name)}</span>
            <input name={name} defaultValue={filters.values[name]} autoComplete="off" />
          </label>
        ))}
        <button type="submit">Filter</button>
      </form>
      <Loaded query={holds}>
        {(all) =>
          all.length === 0 ? (
            <Empty
              title={filtered ? 'No hold fits.' : 'No row is on hold: an undo puts rows on hold.'}
              command="coppice holds list"
            />
          ) : (
            <>
              <p className="quiet">
                {all.length >= mostListed ? `The latest ${mostListed}.` : plural(all.length, 'hold')}
                {filtered ? '' : ' Filter to lift some of them.'}
              </p>
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Row</th>
                    <th scope="col">Partition</th>
                    <th scope="col" className="wide">
                      Since
                    </th>
                    <th scope="col">Undo</th>
                  </tr>
                </thead>
                <tbody>
                  {all.map((hold) => (
                    <tr key={`${hold.collection} ${hold.id} ${hold.run_id}`}>
                      <td>
                        <Id>{hold.id}</Id>
                        <small>{hold.collection}</small>
                      </td>
                      <td>
                        <Id>{hold.partition}</Id>
                      </td>
                      <td className="wide">
                        <Time at={hold.created_at} />
                      </td>
                      <td>
                        <Link href={`/runs/${encodeURIComponent(hold.run_id)}`}>{shortId(hold.run_id)}</Link>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )
        }
      </Loaded>
      {asked ? (
        <Dialog
          title={`Lift ${shown.length >= mostListed ? 'all holds that fit' : plural(shown.length, 'hold')}?`}
          action="Lift"
          danger
          onClose={() => setAsked(false)}
          onSubmit={async () => {
            await call('POST /api/v1/holds/lift', { body: filter });
            await client.invalidateQueries({ queryKey: ['holds'] });
          }}
        >
          <p>The next run may take these rows again.</p>
        </Dialog>
      ) : null}
    </Page>
  );
}
