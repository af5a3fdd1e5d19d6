import { useQuery } from '@tanstack/react-query';
import { jobsQuery, type Overview, overviewQuery, schedulesQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useSession } from '../session.ts';
import { Bars, lastDays } from '../ui/charts.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Panel, Time } from '../ui/parts.tsx';
import { capped, count, isMinor, ordered, plural, totalSentence, totalWords } from '../words.ts';
import { NeedsYou } from './needs-you.tsx';

/** Answers in this order: what needs a person, what changed within a day, what happens next. */
export function OverviewView() {
  const overview = useQuery(overviewQuery);
  const { limited } = useSession();
  return (
    <Page
      title="Overview"
      actions={
        overview.data === undefined || overview.data.open_runs === 0 ? undefined : (
          <Link className="running" href="/runs?status=running">
            {overview.data.open_runs === 1 ? '1 run at work' : `${capped(overview.data.open_runs)} runs at work`}
          </Link>
        )
      }
    >
      <Loaded query={overview}>
        {(data) => (
          <>
            <NeedsYou needs={data.needs_you} />
            {limited ? null : (
              <div className="columns">
                <Changed overview={data} />
                <Next surveys={data.surveys} />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

const chartDays = 14;

function Changed({ overview: { changed, days } }: { readonly overview: Overview }) {
  const byCollection = Map.groupBy(days, ({ collection }) => collection);
  const names = [...new Set([...changed.map(({ collection }) => collection), ...byCollection.keys()])].sort();
  return (
    <Panel title="Changed in the last day">
      {names.length === 0 ? (
        <Empty title="No run has changed anything yet." command="coppice run ttl-cleanup --wait" />
      ) : (
        <ul className="changes">
          {names.map((collection) => (
            <Changes
              key={collection}
              collection={collection}
              today={changed.filter((one) => one.collection === collection)}
              days={byCollection.get(collection) ?? []}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

interface ChangesProps {
  readonly collection: string;
  readonly today: Overview['changed'];
  readonly days: Overview['days'];
}

function Changes({ collection, today, days }: ChangesProps) {
  const sums = new Map<string, number>();
  for (const { name, count: value } of today) sums.set(name, (sums.get(name) ?? 0) + value);
  const all = ordered([...sums].filter(([, value]) => value !== 0));
  const telling = all.filter(([name]) => !isMinor(name));
  const said = telling.length === 0 ? all : telling;
  const names = [...new Set(days.map(({ name }) => name))].filter((name) => !isMinor(name));
  return (
    <li>
      <h3>
        <Id>{collection}</Id>
      </h3>
      <p className={said.length === 0 ? 'quiet' : ''}>
        {said.length === 0
          ? 'Nothing within a day.'
          : said.map(([name, value]) => totalSentence(name, value)).join(', ')}
      </p>
      <div className="charts">
        {names.map((name) => {
          const { noun, verb } = totalWords(name);
          const bars = lastDays(chartDays).map((label) => ({
            label,
            value: days.find((one) => one.day === label && one.name === name)?.count ?? 0,
          }));
          return (
            <figure key={name}>
              <Bars bars={bars} name={`${noun} ${verb} per day`} />
              <figcaption>{verb === '' ? noun : verb}, 14 days</figcaption>
            </figure>
          );
        })}
      </div>
    </li>
  );
}

/** Starts of schedules in their order, with what the last survey of each job found due. */
function Next({ surveys }: { readonly surveys: Overview['surveys'] }) {
  const schedules = useQuery(schedulesQuery);
  const jobs = useQuery(jobsQuery);
  const surveyOf = new Map(surveys.map((one) => [one.job, one]));
  const titleOf = new Map((jobs.data ?? []).map((one) => [one.id, one.title]));
  return (
    <Panel title="Next" aside={<Link href="/jobs">All jobs</Link>}>
      <Loaded query={schedules}>
        {(all) => {
          const starts = all.filter(({ next_run: next }) => next !== null);
          const running = starts.filter(({ paused }) => !paused);
          const ordered = running.toSorted((a, b) => ((a.next_run ?? '') < (b.next_run ?? '') ? -1 : 1));
          const paused = all.filter((one) => one.paused).length;
          if (ordered.length === 0)
            return <Empty title="No schedule is running." command="coppice schedules resume --all" />;
          return (
            <>
              <ol className="next">
                {ordered.map(({ schedule_id: id, job, next_run: at }) => {
                  const survey = surveyOf.get(job);
                  return (
                    <li key={id}>
                      <Time at={at} />
                      <span>
                        <Link href={`/jobs/${encodeURIComponent(job)}`}>{titleOf.get(job) ?? job}</Link>
                        <small>{survey === undefined ? job : <Predicted {...survey} />}</small>
                      </span>
                    </li>
                  );
                })}
              </ol>
              {paused === 0 ? null : (
                <p className="quiet">
                  <Link href="/jobs?paused=yes">{plural(paused, 'schedule is', 'schedules are')} paused</Link>
                </p>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function Predicted({ due, rows, at }: Overview['surveys'][number]) {
  return (
    <>
      {due === 0 ? 'nothing was due' : `${count(due)} of ${count(rows)} were due`} at the last survey, <Time at={at} />
    </>
  );
}
