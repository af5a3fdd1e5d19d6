import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId } from 'react';
import { type Answer, call } from '../api/client.ts';
import { longestName } from '../router.tsx';
import { useSession } from '../session.ts';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { count, percent, plural } from '../words.ts';

type Summary = Answer<'GET /api/v2/insights/summary'>['data'];
type Insight = Summary['emerging'][number];

const periods = [7, 28, 92];
const kinds = [
  ['emerging', 'Asked more than before'],
  ['fading', 'Asked less than before'],
  ['recurring', 'Asked again and again'],
  ['unanswered', 'Without a good answer'],
] as const;

/** Topics of questions and their changes, each with the numbers that it rests on. */
export function Insights() {
  const filters = useFilters({ days: periods.map(String), user: longestName });
  const days = Number(filters.values.days || periods[0]);
  const { user } = filters.values;
  const summary = useQuery({
    queryKey: ['insights', days, user],
    queryFn: ({ signal }) =>
      call('GET /api/v2/insights/summary', {
        query: { period_days: days, ...(user === '' ? {} : { user }) },
        signal,
      }),
  });
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    filters.set({ user: String(new FormData(event.currentTarget).get('user') ?? '').trim() });
  };
  return (
    <Page title="Insights" filters={filters}>
      <form className="filters" onSubmit={apply} key={user}>
        <label className="field">
          <span>Period</span>
          <select value={days} onChange={(event) => filters.set({ days: event.target.value })}>
            {periods.map((one) => (
              <option key={one} value={one}>
                {one} days
              </option>
            ))}
          </select>
        </label>
        <UserFilter user={user} />
        <button type="submit">Show</button>
      </form>
      <Loaded query={summary}>{({ data }) => <Body summary={data} />}</Loaded>
    </Page>
  );
}

function UserFilter({ user }: { readonly user: string }) {
  const id = useId();
  const { users } = useSession();
  return (
    <div className="field">
      <label htmlFor={id}>User</label>
      {users === null ? (
        <input id={id} name="user" defaultValue={user} placeholder="all together" autoComplete="off" />
      ) : (
        <select id={id} name="user" defaultValue={user}>
          <option value="">all that you may see</option>
          {users.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      )}
    </div>
  );
}

function Body({ summary }: { readonly summary: Summary }) {
  const { top_topics: topics, scope } = summary;
  const nothing = topics.length === 0 && kinds.every(([kind]) => summary[kind].length === 0);
  if (nothing) {
    return (
      <Empty title="No topic or change is known for this period." command="coppice run insight-generation --wait">
        <p>Topics come from questions: a collection of kind queries, and a run of topic-extraction.</p>
      </Empty>
    );
  }
  return (
    <>
      {scope === 'organisation' ? (
        <p className="quiet">Only what several users share is shown, in rounded numbers.</p>
      ) : null}
      <div className="columns">
        <Panel title="Topics">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Topic</th>
                <th scope="col" className="number">
                  Questions
                </th>
                <th scope="col" className="number">
                  Change
                </th>
              </tr>
            </thead>
            <tbody>
              {topics.map((topic) => (
                <tr key={topic.topic_id}>
                  <td>
                    <Id>{topic.topic}</Id>
                  </td>
                  <td className="number">{count(topic.count)}</td>
                  <td className="number">{topic.change === null ? 'new' : signed(topic.change)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
        <div>
          {kinds
            .filter(([kind]) => summary[kind].length > 0)
            .map(([kind, title]) => (
              <Panel key={kind} title={title}>
                <ul className="findings">
                  {summary[kind].map((insight) => (
                    <Finding key={insight.id} insight={insight} />
                  ))}
                </ul>
              </Panel>
            ))}
        </div>
      </div>
    </>
  );
}

function signed(change: number): string {
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${percent(Math.abs(change))}`;
}

function Finding({
  insight: { topic, scope, subject_type: type, statistic, evidence, first_seen: since },
}: {
  readonly insight: Insight;
}) {
  const { ratio, q_value: chance, periods: rows, low_answers: low, count: times, exposure } = statistic;
  const facts = [
    `asked in ${count(times)} of ${count(exposure)} ${scope === 'user' ? 'hours' : 'days of users'}`,
    ratio === null ? null : `${ratio < 0.05 ? 'less than 0.1' : ratio.toFixed(1)} times the rate before`,
    rows === undefined ? null : plural(rows, 'period in a row', 'periods in a row'),
    low === undefined || low === 0 ? null : `${plural(low, 'question')} without a good answer`,
    chance === null ? null : `false discovery rate ${percent(chance)}`,
    evidence.query_ids.length === 0 ? null : `${plural(evidence.query_ids.length, 'question')} as evidence`,
  ];
  return (
    <li>
      <Id>{topic}</Id> {type === 'topic' ? null : <span className="quiet">({type})</span>}
      <small>
        {facts.filter((one) => one !== null).join('; ')}; first seen <Time at={since} />
      </small>
    </li>
  );
}
