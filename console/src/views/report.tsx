import { useQuery } from '@tanstack/react-query';
import { type Answer, call } from '../api/client.ts';
import { Link } from '../router.tsx';
import { Bars } from '../ui/charts.tsx';
import { Page } from '../ui/page.tsx';
import { Id, Loaded, Panel } from '../ui/parts.tsx';
import { capital, count } from '../words.ts';
import { isMissing, NotFound } from './not-found.tsx';

type Report = Answer<'GET /api/v2/reports/{report}'>['data'];

const sections = [
  ['executive_summary', 'Summary'],
  ['insights', 'Insights'],
  ['trends', 'Trends'],
  ['recommendations', 'Recommendations'],
] as const;

/** One report. Each sentence names the numbers that it rests on. */
export function ReportView({ id }: { readonly id: string }) {
  const report = useQuery({
    queryKey: ['report', id],
    queryFn: async ({ signal }) => (await call('GET /api/v2/reports/{report}', { path: { report: id }, signal })).data,
  });
  if (isMissing(report)) return <NotFound what="report" id={id} list={['/reports', 'Reports']} />;
  const address = `/api/v2/reports/${encodeURIComponent(id)}`;
  return (
    <Page
      title={report.data === undefined ? 'Report' : titleOf(report.data)}
      above={<Link href="/reports">Reports</Link>}
      actions={
        report.data === undefined ? undefined : (
          <>
            <a className="button" href={`${address}/html`} target="_blank" rel="noreferrer">
              As a page
            </a>
            <a className="button" href={`${address}/markdown`} download={`report-${id}.md`}>
              Download
            </a>
          </>
        )
      }
    >
      <Loaded query={report}>{(data) => <Body report={data} />}</Loaded>
    </Page>
  );
}

function titleOf({ report_type: type, period }: Report): string {
  return `${capital(type)} report, ${period.start.slice(0, 10)} to ${period.end.slice(0, 10)}`;
}

function Body({ report }: { readonly report: Report }) {
  const { data, user_id: user, collection, method, notes } = report;
  return (
    <>
      <p className="quiet">
        About {user === null ? 'everybody' : <Id>{user}</Id>}, from <Id>{collection}</Id>,{' '}
        {method === 'model' ? 'in the words of a language model' : 'written by rules'}.
        {data.least_users === null ? '' : ` Numbers are rounded down to multiples of ${data.least_users}.`}
      </p>
      {notes.map((note) => (
        <p className="note" key={note}>
          {note}
        </p>
      ))}
      <div className="columns">
        <div>
          {sections
            .filter(([name]) => report[name].length > 0)
            .map(([name, title]) => (
              <Panel key={name} title={title}>
                <ul className="findings">
                  {report[name].map(({ text, citations }) => (
                    <li
                      key={text}
                      dir="auto"
                      title={citations.map(({ path, value }) => `${path}: ${value}`).join('\n')}
                    >
                      {text}
                    </li>
                  ))}
                </ul>
              </Panel>
            ))}
        </div>
        <Panel title="Questions">
          <p className="figure">
            <strong>{count(data.questions)}</strong> questions, {count(data.previous_questions)} in the period before
          </p>
          <Bars bars={data.days.map(({ date, count: value }) => ({ label: date, value }))} name="Questions per day" />
          {data.topics.length === 0 ? null : (
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">Topic</th>
                  <th scope="col" className="number">
                    Questions
                  </th>
                  <th scope="col" className="number">
                    Before
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.topics.map((topic) => (
                  <tr key={topic.id}>
                    <td>
                      <Id>{topic.title}</Id>
                    </td>
                    <td className="number">{count(topic.count)}</td>
                    <td className="number">{count(topic.previous)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Panel>
      </div>
    </>
  );
}
