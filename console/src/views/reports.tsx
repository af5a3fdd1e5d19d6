import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { Link, navigate } from '../router.tsx';
import { useMay } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Time } from '../ui/parts.tsx';

const types = ['daily', 'weekly', 'monthly'] as const;
const scopes = ['organisation', 'user'] as const;

function reportPlace(id: string): string {
  return `/reports/${encodeURIComponent(id)}`;
}

/** Reports about questions, the latest first. */
export function Reports() {
  const may = useMay();
  const [asked, setAsked] = useState(false);
  const reports = useQuery({
    queryKey: ['reports'],
    queryFn: async ({ signal }) => (await call('GET /api/v2/reports', { signal })).data,
  });
  return (
    <Page
      title="Reports"
      actions={
        may('run', { whole: false }) ? (
          <button type="button" className="primary" onClick={() => setAsked(true)}>
            Write a report
          </button>
        ) : undefined
      }
    >
      <Loaded query={reports}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="No report was written yet." command="coppice run weekly-report --wait" />
          ) : (
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Report</th>
                  <th scope="col">About</th>
                  <th scope="col">Up to</th>
                  <th scope="col" className="wide">
                    Written
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.map((one) => (
                  <tr key={one.id}>
                    <td>
                      <Link href={reportPlace(one.id)}>
                        {one.report_type}
                        <span className="off-screen">{` of ${one.user_id ?? 'everybody'}, ${one.period_end}`}</span>
                      </Link>
                      <small>{one.collection}</small>
                    </td>
                    <td>{one.user_id === null ? 'everybody' : <Id>{one.user_id}</Id>}</td>
                    <td>{one.period_end.slice(0, 10)}</td>
                    <td className="wide">
                      <Time at={one.created_at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
      {asked ? <Write onClose={() => setAsked(false)} /> : null}
    </Page>
  );
}

function Write({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const [type, setType] = useState<(typeof types)[number]>('weekly');
  const [scope, setScope] = useState<(typeof scopes)[number]>('organisation');
  const write = async () => {
    const answer = await call('POST /api/v2/reports/generate', { body: { report_type: type, scope } });
    await client.invalidateQueries({ queryKey: ['reports'] });
    if ('run_id' in answer) navigate(`/runs/${encodeURIComponent(answer.run_id)}`);
    else if (answer.data.id === null) throw new Error('Nothing was asked in this period: there is nothing to report.');
    else navigate(reportPlace(answer.data.id));
  };
  return (
    <Dialog title="Write a report up to today" action="Write it" onClose={onClose} onSubmit={write}>
      <label className="field">
        <span>Period</span>
        <select value={type} onChange={(event) => setType(types.find((one) => one === event.target.value) ?? 'weekly')}>
          {types.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>About</span>
        <select
          value={scope}
          onChange={(event) => setScope(scopes.find((one) => one === event.target.value) ?? 'organisation')}
        >
          <option value="organisation">everybody together, without names</option>
          <option value="user">each user by itself</option>
        </select>
      </label>
    </Dialog>
  );
}
