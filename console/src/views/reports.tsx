import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { Link, navigate } from '../router.tsx';
import { useMay, useSession } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Time } from '../ui/parts.tsx';
import { capital } from '../words.ts';

const types = ['daily', 'weekly', 'monthly'] as const;

function reportPlace(id: string): string {
  return `/reports/${encodeURIComponent(id)}`;
}

/** Reports about questions, the latest first. */
export function Reports() {
  const may = useMay();
  const { users } = useSession();
  const [asked, setAsked] = useState(false);
  const reports = useQuery({
    queryKey: ['reports'],
    queryFn: async ({ signal }) => (await call('GET /api/v2/reports', { signal })).data,
  });
  return (
    <Page
      title="Reports"
      filters={useFilters({})}
      actions={
        may('run', { whole: false }) && users?.length !== 0 ? (
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
                        {capital(one.report_type)}
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
  const { users } = useSession();
  const [type, setType] = useState<(typeof types)[number]>('weekly');
  const subjects = subjectsOf(users);
  const [about, setAbout] = useState(subjects[0]?.name ?? '');
  const write = async () => {
    const subject = subjects.find(({ name }) => name === about)?.asked;
    const answer = await call('POST /api/v2/reports/generate', { body: { report_type: type, ...subject } });
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
        <select value={about} onChange={(event) => setAbout(event.target.value)}>
          {subjects.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </Dialog>
  );
}

interface Subject {
  readonly name: string;
  readonly asked: { readonly scope: 'organisation' | 'user'; readonly user?: string };
}

/** Whom a report may be about: of a token that is limited to users these alone, each by itself. */
function subjectsOf(users: readonly string[] | null): readonly Subject[] {
  if (users !== null) return users.map((user) => ({ name: user, asked: { scope: 'user', user } }));
  return [
    { name: 'everybody together, without names', asked: { scope: 'organisation' } },
    { name: 'each user by itself', asked: { scope: 'user' } },
  ];
}
