import type { ReactNode } from 'react';
import type { Overview } from '../api/queries.ts';
import { Link } from '../router.tsx';
import { Panel, Time } from '../ui/parts.tsx';
import { capped, count, percent, plural, sentence } from '../words.ts';

type Needs = Overview['needs_you'];

/** Matters that wait for a person, the most urgent first, each with a link to its decision. */
export function NeedsYou({ needs }: { readonly needs: Needs }) {
  const entries = [...held(needs), ...alerts(needs), ...letters(needs), ...schedules(needs), ...reviews(needs)];
  return (
    <Panel title="Needs you">
      {entries.length === 0 ? (
        <p className="all-well">
          <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <path d="m3 8.5 3.2 3.2L13 5" />
          </svg>
          Nothing needs you.
        </p>
      ) : (
        <ul className="needs">{entries}</ul>
      )}
    </Panel>
  );
}

interface NeedProps {
  readonly tone: 'ask' | 'bad' | 'info';
  readonly title: ReactNode;
  readonly detail: ReactNode;
  readonly to: string;
  readonly action: string;
}

function Need({ tone, title, detail, to, action }: NeedProps) {
  return (
    <li data-tone={tone}>
      <div>
        <p className="need-title">{title}</p>
        <p className="need-detail">{detail}</p>
      </div>
      <Link className="button" href={to}>
        {action}
      </Link>
    </li>
  );
}

function held({ held: { runs, count: all } }: Needs): ReactNode[] {
  const shown = runs.map(({ run_id, job, since, due, share, would_delete, would_hold, partition_count }) => (
    <Need
      key={run_id}
      tone="ask"
      title={
        <>
          <strong>{job}</strong> is held
          {due === 0 ? null : `: it would ${would_delete === 0 ? 'change' : 'remove'} ${count(due)} rows`}
        </>
      }
      detail={
        <>
          {due === 0 ? null : `${percent(share)} of a collection, in ${plural(partition_count, 'partition')}. `}
          {would_hold.length === 0 ? null : `${would_hold[0]}. `}
          Held <Time at={since} />.
        </>
      }
      to={`/runs/${encodeURIComponent(run_id)}`}
      action="Review"
    />
  ));
  if (all <= runs.length) return shown;
  const more = (
    <Need
      key="more"
      tone="ask"
      title={`${capped(all)} runs are held`}
      detail="The latest are above."
      to="/runs?status=held"
      action="See all held runs"
    />
  );
  return [...shown, more];
}

/** Held runs and dead letters have entries of their own. */
const saidElsewhere = ['held_hours', 'dead_letters', 'paused_days', 'skipped_starts'];

/** Where the cause of an alert is seen, by the subject of the alert. */
const causes: Readonly<Record<string, (subject: string) => readonly [to: string, action: string]>> = {
  failed_checks: () => ['/stores', 'See the stores'],
  success_intervals: () => ['/jobs', 'See the jobs'],
  late_start_minutes: () => ['/jobs', 'See the jobs'],
  paused_run_hours: (run) => [`/runs/${encodeURIComponent(run)}`, 'See the run'],
  workflow_task_failures: (run) => [`/runs/${encodeURIComponent(run)}`, 'See the run'],
  lease_hours: () => ['/runs?status=running', 'See running runs'],
  backlog_minutes: (job) => [`/runs?job=${encodeURIComponent(job)}&status=pending`, 'See waiting runs'],
  drift_vectors: () => ['/stores', 'See the stores'],
  unjudged_growth: () => ['/stores', 'See the stores'],
  stale_groups: () => ['/groups?stale=yes', 'See stale groups'],
  group_failures: () => ['/groups', 'See the groups'],
  orphan_growth: () => ['/groups', 'See the groups'],
};

function alerts({ alerts: { latest, count: all } }: Needs): ReactNode[] {
  const own = latest.filter(({ rule }) => !saidElsewhere.includes(rule));
  const shown = own.map(({ rule, subject, message, since }) => {
    const [to, action] = causes[rule]?.(subject) ?? ['/runs?status=failed', 'See failed runs'];
    const detail = (
      <>
        Alert {rule.replaceAll('_', ' ')}, fired <Time at={since} />.
      </>
    );
    const key = `${rule} ${subject}`;
    return <Need key={key} tone="bad" title={sentence(message)} detail={detail} to={to} action={action} />;
  });
  if (all <= latest.length) return shown;
  const rest = `${capped(all)} alerts are open`;
  const command = (
    <>
      The latest are above. All of them: <code>coppice alerts list</code>
    </>
  );
  return [
    ...shown,
    <Need key="alerts" tone="bad" title={rest} detail={command} to="/runs?status=failed" action="See failed runs" />,
  ];
}

function letters({ dead_letters: all }: Needs): ReactNode[] {
  return all.map(({ job, count: value }) => (
    <Need
      key={`letters ${job}`}
      tone="bad"
      title={
        <>
          <strong>{job}</strong> gave up {value === 1 ? '1 partition' : `${capped(value)} partitions`}
        </>
      }
      detail="Every later run tries them again; the cause may need a person."
      to={`/dead-letters?job=${encodeURIComponent(job)}`}
      action="See them"
    />
  ));
}

function schedules({ paused_schedules: paused, skipped_schedules: skipped, paused_runs: runs }: Needs): ReactNode[] {
  const entries = paused.map(({ schedule_id, job, since }) => (
    <Need
      key={`paused ${schedule_id}`}
      tone="info"
      title={
        <>
          <strong>{job}</strong> is paused
        </>
      }
      detail={
        <>
          Its schedule {schedule_id} starts nothing. Paused <Time at={since} />.
        </>
      }
      to={`/jobs/${encodeURIComponent(job)}`}
      action="See the job"
    />
  ));
  const late = skipped.map(({ schedule_id, job, starts }) => (
    <Need
      key={`skipped ${schedule_id}`}
      tone="bad"
      title={
        <>
          {plural(starts, 'start')} of <strong>{job}</strong> did not happen
        </>
      }
      detail={`Temporal skipped or missed them: is a run still open? Schedule ${schedule_id}.`}
      to={`/runs?job=${encodeURIComponent(job)}`}
      action="See its runs"
    />
  ));
  if (runs === null || runs === 0) return [...entries, ...late];
  const detail = 'While one is paused, no other run of its job starts.';
  const title = `${plural(runs, 'run is', 'runs are')} paused in Temporal`;
  return [
    ...entries,
    ...late,
    <Need
      key="paused runs"
      tone="info"
      title={title}
      detail={detail}
      to="/runs?status=running"
      action="See running runs"
    />,
  ];
}

function reviews({ proposals, merges }: Needs): ReactNode[] {
  const pairs = merges === 1 ? '1 pair may be one thing' : `${capped(merges)} pairs may be one thing`;
  const shown = [
    <Need key="merges" tone="info" title={pairs} detail="A person has to tell." to="/review" action="Review" />,
  ].slice(0, merges === 0 ? 0 : 1);
  if (proposals === 0) return shown;
  const title = proposals === 1 ? '1 proposal can be reviewed' : `${capped(proposals)} proposals can be reviewed`;
  const detail = 'The next run applies those that no one has rejected.';
  return [...shown, <Need key="proposals" tone="info" title={title} detail={detail} to="/review" action="Review" />];
}
