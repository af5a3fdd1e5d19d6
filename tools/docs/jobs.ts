import { jobAliases } from '../../src/config/aliases.ts';
import type { Need } from '../../src/domain/row-fields.ts';
import { defaultCatchUpWindowSeconds } from '../../src/jobs/defaults.ts';
import { altersData, canUndo, isSweep } from '../../src/jobs/facts.ts';
import { catalogue } from '../../src/jobs/index.ts';
import type { Job, Parameter, ScheduleDefinition } from '../../src/jobs/job.ts';
import { code, page, table, value } from './markdown.ts';

/** docs/jobs.md: the catalogue, for people. */
export function jobsPage(): string {
  return page('Jobs', 'the catalogue in src/jobs', [
    'Every job there is, with what it takes. Parameters are given with `coppice run JOB --set name=value`, in ' +
      '`coppice.yaml` under `jobs.JOB.parameters`, or in a schedule of its own. Parameters that a run was started with, by a person ' +
      'or by its schedule, overrides the environment, the environment overrides the file, the file the defaults.',
    '`coppice jobs` prints the same with the values that are in force.',
    ...catalogue.flatMap(describe),
  ]);
}

function describe(job: Job): string[] {
  return [
    `## ${job.id}`,
    `**${job.title}.** ${job.description}`,
    table(
      ['', ''],
      [
        ['workflow type', code(job.workflow)],
        ['works by', job.partition ?? 'itself: one task'],
        ['works on', workOf(job)],
        ['effect', effectOf(job)],
        ['can be undone', canUndo(job) ? 'yes' : 'no'],
        ['partitions at once', String(job.concurrency)],
      ],
    ),
    '### Parameters',
    table(
      ['parameter', 'type', 'default', 'unit', 'bounds', 'what it does', 'environment'],
      Object.entries(job.parameters).map(([name, one]) => [
        code(name),
        one.type,
        value(one.default),
        one.unit ?? '',
        bounds(one),
        one.description,
        aliasOf(job, name),
      ]),
    ),
    '### Schedules',
    table(
      ['schedule id', 'when (UTC)', 'parameters', 'a missed start is made up for'],
      job.schedules.map((one) => [
        code(one.name === undefined ? job.id : `${job.id}-${one.name}`),
        when(one),
        Object.entries(one.parameters ?? {})
          .map(([name, given]) => code(`${name}=${value(given)}`))
          .join(', '),
        duration(one.catch_up_window_seconds ?? defaultCatchUpWindowSeconds),
      ]),
    ),
    'When a run is still going at the next start, Temporal skips that start.',
    ...(job.partition === null ? taskRetries(job) : [...brake(job, job.partition), ...retries(job, job.partition)]),
  ];
}

function workOf(job: Job): string {
  if (!isSweep(job)) return "Coppice's own tables, or none";
  if (job.target === 'graph') return 'graphs';
  const kinds = Object.entries(job.needs ?? {}).map(([kind, fields]) => {
    return fields.length === 0 ? kind : `${kind} with ${fields.map(needed).join(' and ')}`;
  });
  return `collections of ${kinds.join(', ')}`;
}

function needed(need: Need): string {
  return typeof need === 'string' ? code(need) : need.map(code).join(' or ');
}

function effectOf(job: Job): string {
  if (!isSweep(job)) return 'none on data of an application';
  return altersData(job) ? `${job.effect}: on mapped tables its schedules are created paused` : job.effect;
}

function brake(job: Job, partition: string): string[] {
  return [
    '### Brake',
    'Above one of these a run removes nothing and ends `held`, until a person approves or rejects it.',
    table(
      ['limit', 'default', 'meaning'],
      [
        ['max_share', percent(job.brake.max_share), 'share of a collection that one run may remove'],
        ['max_partition_share', percent(job.brake.max_partition_share), `share of one ${partition}`],
        ['max_weekly_share', percent(job.brake.max_weekly_share), 'share of a collection within seven rolling days'],
        ['floor_rows', String(job.brake.floor_rows), 'runs that concern fewer rows are never held by a share limit'],
      ].map(([name = '', ...rest]) => [code(name), ...rest]),
    ),
  ];
}

function retries(job: Job, partition: string): string[] {
  return [
    '### Retries',
    `A ${partition} that fails is tried again alone. One that is out of retries becomes a dead letter; the run continues ` +
      'and ends `partial`. Tries that made progress, or that ended because a worker did, do not count.',
    retrySettings(job),
  ];
}

/** A task removes nothing by share, and has no partition that could be tried alone. */
function taskRetries(job: Job): string[] {
  return ['### Retries', 'A task that fails is tried again; out of retries it ends `failed`.', retrySettings(job)];
}

function retrySettings(job: Job): string {
  return table(
    ['setting', 'default'],
    Object.entries(job.retry).map(([name, given]) => [
      code(name),
      Array.isArray(given) ? given.map((one) => code(String(one))).join(', ') : value(given),
    ]),
  );
}

function bounds(parameter: Parameter): string {
  const { minimum, maximum, can_be_off: canBeOff } = parameter;
  const words = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(canBeOff === true ? ['or `off`'] : []),
  ];
  return words.join(', ');
}

function aliasOf(job: Job, name: string): string {
  const found = jobAliases.filter(
    ({ job: id, sets }) => id === job.id && typeof sets === 'object' && sets.parameter === name,
  );
  return found.map((alias) => code(alias.variable)).join(', ');
}

function when(schedule: ScheduleDefinition): string {
  if (schedule.cron !== undefined) return `cron ${code(schedule.cron)}`;
  if (schedule.every_seconds !== undefined) return `every ${duration(schedule.every_seconds)}`;
  return `once at ${schedule.once}`;
}

function duration(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? '1 hour' : `${seconds / 3600} hours`;
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`;
}

function percent(share: number): string {
  return `${share} (${Math.round(share * 1000) / 10} %)`;
}
