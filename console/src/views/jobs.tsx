import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../api/client.ts';
import {
  healthQuery,
  type Job,
  jobsQuery,
  type Run,
  recentRunsQuery,
  type Schedule,
  schedulesQuery,
} from '../api/queries.ts';
import { Link } from '../router.tsx';
import { useMay } from '../session.ts';
import { BulkActions, useBulkAction } from '../ui/bulk.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { useFilters } from '../ui/filters.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Loaded, Time } from '../ui/parts.tsx';
import { useSelection } from '../ui/selection.ts';
import { didWords, nextOf, plural, scheduleWords, shortId, statusWords } from '../words.ts';

const recent = 200;
const stripLength = 16;

/** All jobs: when each runs, and how its last runs ended. Schedules can be paused and resumed together. */
export function Jobs() {
  const jobs = useQuery(jobsQuery);
  const schedules = useQuery(schedulesQuery);
  const runs = useQuery(recentRunsQuery(null, recent));
  const health = useQuery(healthQuery);
  const filters = useFilters({ paused: ['yes'] });
  const { chosen, choose, clear } = useSelection();
  const pausedOnly = filters.values.paused === 'yes';
  const schedulesOf = (job: string) => (schedules.data ?? []).filter((one) => one.job === job);
  return (
    <Page title="Jobs" filters={filters} actions={<Bulk chosen={chosen} schedulesOf={schedulesOf} onDone={clear} />}>
      <form className="filters">
        <label className="check">
          <input
            type="checkbox"
            checked={pausedOnly}
            onChange={(event) => filters.set({ paused: event.target.checked ? 'yes' : '' })}
          />
          Only paused
        </label>
      </form>
      <Loaded query={jobs}>
        {(all) => {
          const shown = all.filter(({ id }) => !pausedOnly || schedulesOf(id).some(({ paused }) => paused));
          if (shown.length === 0) return <Empty title="No schedule is paused." command="coppice schedules list" />;
          return (
            <ul className="jobs">
              {shown.map((job) => (
                <JobRow
                  key={job.id}
                  job={job}
                  schedules={schedulesOf(job.id)}
                  runs={(runs.data ?? []).filter((run) => run.job === job.id).slice(0, stripLength)}
                  last={health.data?.jobs.find(({ id }) => id === job.id)?.last_success_at ?? null}
                  chosen={chosen.has(job.id)}
                  onChoose={(is) => choose(job.id, is)}
                />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <BulkActions of={['pause_schedules', 'resume_schedules']} />
    </Page>
  );
}

interface JobRowProps {
  readonly job: Job;
  readonly schedules: readonly Schedule[];
  readonly runs: readonly Run[];
  /** When it last succeeded. Successes of a job that runs every few minutes are not in the list of runs. */
  readonly last: string | null;
  readonly chosen: boolean;
  readonly onChoose: (is: boolean) => void;
}

function JobRow({ job, schedules, runs, last, chosen, onChoose }: JobRowProps) {
  const may = useMay();
  const paused = schedules.length > 0 && schedules.every((one) => one.paused);
  const next = nextOf(schedules);
  const [latest] = runs;
  const lastWords =
    latest !== undefined ? (
      didWords(latest, 1) || statusWords[latest.status]
    ) : last === null ? (
      'never ran'
    ) : (
      <>
        last success <Time at={last} />
      </>
    );
  return (
    <li data-paused={paused}>
      {schedules.length > 0 && may('admin') ? (
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Choose ${job.id}`}
          onChange={(event) => onChoose(event.target.checked)}
        />
      ) : (
        <span />
      )}
      <div className="job-name">
        <Link href={`/jobs/${encodeURIComponent(job.id)}`}>{job.title}</Link>
        <small>{job.id}</small>
      </div>
      <div>
        {job.schedules.filter(isAhead).map(scheduleWords).join('; ') || 'no schedule'}
        <small>
          {paused ? (
            <span className="tag">paused</span>
          ) : next === null ? (
            whyNothing(job)
          ) : (
            <>
              next <Time at={next} />
            </>
          )}
        </small>
      </div>
      <div className="job-last">
        <Strip runs={runs} />
        <small>{lastWords}</small>
      </div>
    </li>
  );
}

/** A start that happened once, and is over, says nothing about the next one. */
function isAhead({ once }: Job['schedules'][number]): boolean {
  return once === undefined || new Date(once).getTime() > Date.now();
}

function whyNothing({ partition, collections }: Job): string {
  return partition !== null && collections.length === 0 ? 'nothing of its kind is mapped' : 'no start ahead';
}

/** The last runs, the latest on the right. */
function Strip({ runs }: { readonly runs: readonly Run[] }) {
  if (runs.length === 0) return null;
  return (
    <ul className="strip" aria-label="Last runs, the latest last">
      {runs.toReversed().map((run) => (
        <li key={run.run_id}>
          <Link
            href={`/runs/${encodeURIComponent(run.run_id)}`}
            data-status={run.status}
            title={`${statusWords[run.status]}: ${didWords(run)}`}
          >
            <span className="off-screen">{`${statusWords[run.status]}, ${shortId(run.run_id)}`}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

interface BulkProps {
  readonly chosen: ReadonlySet<string>;
  readonly schedulesOf: (job: string) => readonly Schedule[];
  readonly onDone: () => void;
}

/** One action on all their schedules: each that fails is named, and the others are done. */
function Bulk({ chosen, schedulesOf, onDone }: BulkProps) {
  const [asked, setAsked] = useState<'pause' | 'resume' | null>(null);
  const { progress, follow } = useBulkAction();
  if (chosen.size === 0) return null;
  const ids = [...chosen].flatMap((job) => schedulesOf(job).map((one) => one.schedule_id));
  const apply = async (word: 'pause' | 'resume', reason: string) => {
    const body = { action: `${word}_schedules` as const, ids, ...(reason === '' ? {} : { reason }) };
    await follow(await call('POST /api/v1/bulk-actions', { body }));
    onDone();
  };
  return (
    <>
      <span className="quiet">{plural(chosen.size, 'job')} chosen</span>
      <button type="button" onClick={() => setAsked('pause')}>
        Pause
      </button>
      <button type="button" onClick={() => setAsked('resume')}>
        Resume
      </button>
      {asked === null ? null : (
        <Dialog
          title={`${asked === 'pause' ? 'Pause' : 'Resume'} ${plural(ids.length, 'schedule')}?`}
          action={asked === 'pause' ? 'Pause' : 'Resume'}
          asksReason
          onClose={() => setAsked(null)}
          onSubmit={(reason) => apply(asked, reason)}
        >
          <p>{ids.join(', ')}</p>
          <p role="status">{progress}</p>
        </Dialog>
      )}
    </>
  );
}
