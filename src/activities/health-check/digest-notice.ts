import type { WeekOfRuns } from '../../state/monitoring/digest.ts';
import type { Notice } from '../webhook/notice.ts';

/** Counts of a week. */
export interface DigestJson {
  readonly week_until: string;
  readonly needs: {
    readonly held_runs: number;
    readonly dead_letters: readonly { readonly job: string; readonly count: number }[];
    readonly alerts: {
      readonly count: number;
      readonly latest: readonly { readonly rule: string; readonly subject: string; readonly message: string }[];
    };
    readonly proposals: number;
    readonly merges: number;
  };
  readonly runs: readonly WeekOfRuns[];
  /** By the name of the total: `deleted_documents` … */
  readonly changed: readonly { readonly job: string; readonly name: string; readonly count: number }[];
}

export function digestNotice(digest: DigestJson, installation: string): Notice {
  const needs = needsOf(digest.needs);
  return {
    id: `digest-${installation}-${digest.week_until}`,
    event: { event: 'digest.weekly', installation, digest },
    title: `Coppice, week until ${digest.week_until.slice(0, 10)}: ${needs.length === 0 ? 'nothing needs a person' : 'needs a person'}`,
    lines: [
      ...needs.map((line) => `• ${line}`),
      ...runsOf(digest.runs),
      ...digest.changed.map(({ job, name, count }) => `${job}: ${name} ${count}`),
      ...(digest.changed.length === 0 ? ['no run changed anything'] : []),
      `installation ${installation}; coppice status shows more`,
    ],
    incident: null,
  };
}

function needsOf({ held_runs: held, dead_letters: letters, alerts, proposals, merges }: DigestJson['needs']): string[] {
  return [
    ...(held === 0 ? [] : [`held runs: ${held}`]),
    ...letters.map(({ job, count }) => `partitions of ${job} that were given up: ${count}`),
    ...alerts.latest.map(({ message }) => message),
    ...(alerts.count > alerts.latest.length ? [`${alerts.count - alerts.latest.length} more alerts`] : []),
    ...(proposals === 0 ? [] : [`proposals that wait for a review: ${proposals}`]),
    ...(merges === 0 ? [] : [`pairs of graphs that wait for a review: ${merges}`]),
  ];
}

function runsOf(runs: readonly WeekOfRuns[]): string[] {
  return [...Map.groupBy(runs, ({ job }) => job)].map(
    ([job, own]) => `${job}: ${own.map(({ status, count }) => `${count} ${status}`).join(', ')}`,
  );
}
