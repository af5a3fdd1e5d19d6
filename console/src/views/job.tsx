import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import { type JobDetail, jobQuery, recentRunsQuery, type Schedule, schedulesQuery } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Id, Loaded, Marked, Panel, Time } from '../ui/parts.tsx';
import { count, duration, percent } from '../words.ts';
import { isMissing, NotFound } from './not-found.tsx';
import { RunForm } from './run-form.tsx';
import { RunTable } from './runs.tsx';

const recent = 20;

/** One job: what it does, when, and a form that previews and starts it. */
export function JobView({ id }: { readonly id: string }) {
  const job = useQuery(jobQuery(id));
  const schedules = useQuery(schedulesQuery);
  const runs = useQuery(recentRunsQuery(id, recent));
  if (isMissing(job)) return <NotFound what="job" id={id} list={['/jobs', 'Jobs']} />;
  return (
    <Page title={job.data?.title ?? id} above={<Link href="/jobs">Jobs</Link>}>
      <Loaded query={job}>
        {(data) => (
          <>
            <p className="about">
              <Marked>{data.description}</Marked>
            </p>
            <div className="columns">
              <Panel title="Run it">
                <RunForm job={data} />
              </Panel>
              <div>
                <Panel title="Schedule">
                  <Loaded query={schedules}>
                    {(all) => <Schedules schedules={all.filter((one) => one.job === id)} job={id} />}
                  </Loaded>
                </Panel>
                <Panel title="How it fares">
                  <Facts job={data} />
                </Panel>
              </div>
            </div>
            <Panel title="Last runs" aside={<Link href={`/runs?job=${encodeURIComponent(id)}`}>All runs</Link>}>
              <Loaded query={runs}>
                {(all) =>
                  all.length === 0 ? (
                    <Empty title="It has not run yet." command={`coppice run ${id} --wait`} />
                  ) : (
                    <RunTable runs={all} withJob={false} />
                  )
                }
              </Loaded>
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ job: { stats, brake, partition, collections } }: { readonly job: JobDetail }) {
  const limits = Object.entries(brake).filter(([, value]) => value < 1 || value > 1);
  const limit = ([name, value]: [string, number]) =>
    `${name.replaceAll('_', ' ')} ${name.endsWith('share') ? percent(value) : count(value)}`;
  return (
    <dl className="facts">
      <div>
        <dt>Runs</dt>
        <dd>
          {count(stats.executions)}
          {stats.success_rate === null ? '' : `, ${percent(stats.success_rate)} succeeded`}
        </dd>
      </div>
      <div>
        <dt>Takes</dt>
        <dd>{stats.mean_duration_ms === null ? '–' : `${duration(stats.mean_duration_ms)} on average`}</dd>
      </div>
      <div>
        <dt>Last success</dt>
        <dd>
          <Time at={stats.last_success_at} />
        </dd>
      </div>
      {partition === null ? null : (
        <div>
          <dt>Works on</dt>
          <dd>
            {collections.length === 0 ? 'nothing that is mapped' : <Id>{collections.join(', ')}</Id>}, by {partition}
          </dd>
        </div>
      )}
      {partition === null || limits.length === 0 ? null : (
        <div>
          <dt>Held above</dt>
          <dd>{limits.map(limit).join(', ')}</dd>
        </div>
      )}
    </dl>
  );
}

function Schedules({ schedules, job }: { readonly schedules: readonly Schedule[]; readonly job: string }) {
  if (schedules.length === 0) return <Empty title="No schedule starts it." command={`coppice run ${job}`} />;
  return (
    <ul className="schedules">
      {schedules.map((one) => (
        <ScheduleRow key={one.schedule_id} schedule={one} />
      ))}
    </ul>
  );
}

function ScheduleRow({ schedule }: { readonly schedule: Schedule }) {
  const { schedule_id: id, paused, note, next_runs: next, skipped, missed } = schedule;
  const may = useMay();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [first] = next;
  const word = paused ? 'Resume' : 'Pause';
  return (
    <li>
      <div>
        <p>
          <Id>{id}</Id> {paused ? <span className="tag">paused</span> : null}
        </p>
        {note === null || note === '' ? null : <p className="quiet">{note}</p>}
        <p>
          {first === undefined ? (
            'No start ahead'
          ) : (
            <>
              {paused ? 'Would start' : 'Next start'} <Time at={first} />
            </>
          )}
          {skipped + missed === 0 ? '' : `, ${count(skipped + missed)} starts skipped or missed`}
        </p>
      </div>
      {may('admin') && (paused || first !== undefined) ? (
        <button type="button" onClick={() => setAsked(true)}>
          {word}
        </button>
      ) : null}
      {asked ? (
        <Dialog
          title={`${word} ${id}?`}
          action={word}
          asksReason
          onClose={() => setAsked(false)}
          onSubmit={async (reason) => {
            const request = { path: { schedule: id }, body: reason === '' ? {} : { reason } };
            const { schedules } = paused
              ? await call('POST /api/v1/schedules/{schedule}/resume', request)
              : await call('POST /api/v1/schedules/{schedule}/pause', request);
            const fresh = new Map(schedules.map((one) => [one.schedule_id, one]));
            client.setQueryData(schedulesQuery.queryKey, (known) =>
              known?.map((one) => fresh.get(one.schedule_id) ?? one),
            );
            await client.invalidateQueries({ queryKey: ['overview'] });
          }}
        >
          <p>{paused ? 'It starts runs again at its times.' : 'It starts nothing until a person resumes it.'}</p>
        </Dialog>
      ) : null}
    </li>
  );
}
