import { givenUp } from '../../domain/given-up.ts';
import type { Context } from '../context.ts';
import { health } from './health.ts';
import { type NeedsYouJson, overview } from './overview.ts';
import type { StrandedRunJson } from './stranded-runs.ts';
import { actionsOfDay, type TemporalActionsJson } from './temporal-actions.ts';

export interface StatusJson {
  /** Nothing needs a person. */
  readonly ok: boolean;
  readonly needs: readonly NeedJson[];
  readonly open_runs: number;
  /** When the next schedule starts a job; `null`: none will. */
  readonly next: { readonly job: string; readonly at: string } | null;
  readonly temporal_actions: TemporalActionsJson | null;
}

/** One thing that a person has to do. */
export interface NeedJson {
  readonly kind:
    | 'check'
    | 'stranded_run'
    | 'held_run'
    | 'dead_letters'
    | 'alert'
    | 'paused_schedule'
    | 'skipped_schedule'
    | 'paused_runs'
    | 'proposals'
    | 'merges';
  readonly what: string;
  /** The command that shows more, or does it; `null`: there is none. */
  readonly command: string | null;
}

const mostStranded = 10;

/** Returns only the matters that need a person: the overview's list and the failing checks of health. */
export async function status(context: Context): Promise<StatusJson> {
  const [{ checks, jobs, stranded_runs: stranded }, { needs_you: needsYou, open_runs }, actions] = await Promise.all([
    health(context),
    overview(context),
    actionsOfDay(context),
  ]);
  const failing = checks
    .filter(({ ok }) => !ok)
    .map(({ name, message }): NeedJson => ({ kind: 'check', what: `${name}: ${message}`, command: 'coppice health' }));
  const needs = [...failing, ...strandedNeeds(stranded), ...needsOf(needsYou)];
  const [next] = jobs
    .flatMap(({ id, next_run: at }) => (at === null ? [] : [{ job: id, at }]))
    .sort((one, other) => one.at.localeCompare(other.at));
  return { ok: needs.length === 0, needs, open_runs, next: next ?? null, temporal_actions: actions };
}

function strandedNeeds(stranded: readonly StrandedRunJson[]): NeedJson[] {
  const shown = stranded.slice(0, mostStranded).map(
    ({ workflow_id: id, build_id: buildId, command }): NeedJson => ({
      kind: 'stranded_run',
      what: `${id} waits for a worker of version ${buildId}, and none polls: start one, or move the run to the current version`,
      command,
    }),
  );
  const more = stranded.length - shown.length;
  if (more === 0) return shown;
  return [
    ...shown,
    {
      kind: 'stranded_run',
      what: `${more} more runs wait for workers of their version`,
      command: 'coppice deployment show',
    },
  ];
}

function needsOf(seen: NeedsYouJson): NeedJson[] {
  const { held, dead_letters: letters, alerts, paused_runs: pausedRuns, proposals, merges } = seen;
  const more = (count: number, listed: number, what: string, command: string): NeedJson[] =>
    count > listed ? [{ kind: 'held_run', what: `${count - listed} more ${what}`, command }] : [];
  return [
    ...held.runs.map(
      ({ run_id, job, due, since, would_hold: reasons }): NeedJson => ({
        kind: 'held_run',
        what: `${job} is held since ${minute(since)}: ${due} are due${reasons[0] === undefined ? '' : `, ${reasons[0]}`}`,
        command: `coppice runs show ${run_id}`,
      }),
    ),
    ...more(held.count, held.runs.length, 'held runs', 'coppice runs --status held'),
    ...letters.map(
      ({ job, count }): NeedJson => ({
        kind: 'dead_letters',
        what: givenUp(count, job),
        command: 'coppice dead-letters list',
      }),
    ),
    ...alerts.latest.map(
      ({ message, since }): NeedJson => ({
        kind: 'alert',
        what: `${message} (since ${minute(since)})`,
        command: 'coppice alerts list',
      }),
    ),
    ...seen.paused_schedules.map(
      ({ schedule_id, since }): NeedJson => ({
        kind: 'paused_schedule',
        what: `schedule ${schedule_id} is paused since ${minute(since)}`,
        command: `coppice schedules resume ${schedule_id}`,
      }),
    ),
    ...seen.skipped_schedules.map(
      ({ schedule_id, starts }): NeedJson => ({
        kind: 'skipped_schedule',
        what: `schedule ${schedule_id} skipped or missed starts: ${starts}`,
        command: 'coppice schedules list',
      }),
    ),
    ...(pausedRuns === null || pausedRuns === 0
      ? []
      : [
          {
            kind: 'paused_runs' as const,
            what: `runs that are paused in Temporal: ${pausedRuns}`,
            command: 'coppice runs',
          },
        ]),
    ...(proposals === 0
      ? []
      : [
          {
            kind: 'proposals' as const,
            what: `proposals that wait for a review: ${proposals}`,
            command: 'coppice proposals list',
          },
        ]),
    ...(merges === 0
      ? []
      : [
          {
            kind: 'merges' as const,
            what: `pairs of graphs that wait for a review: ${merges}`,
            command: 'coppice merges list --state review',
          },
        ]),
  ];
}

function minute(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}
