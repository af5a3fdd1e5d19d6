import type { Job, ParameterValue, ScheduleDefinition } from '../jobs/job.ts';
import { type GlobalSetting, globalAliases, type JobAlias, jobAliases } from './aliases.ts';
import { whyNotCron } from './cron.ts';
import { parametersSchema } from './file-schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface GlobalAliasValues {
  readonly schedulesEnabled?: boolean;
  readonly maxConcurrentActivities?: number;
  readonly queueSize?: number;
  /** One line for the log of each variable that is set and changes nothing. */
  readonly notices: readonly string[];
}

export interface JobAliasValues {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly concurrency?: number;
  readonly enabled?: boolean;
  /** Stands instead of the job's schedules. */
  readonly schedule?: ScheduleDefinition;
}

/** An empty variable counts as absent. */
function given(env: Environment, variable: string): string | undefined {
  const text = env[variable];
  return text === undefined || text === '' ? undefined : text;
}

export function readGlobalAliases(env: Environment, catalogue: readonly Job[], problems: string[]): GlobalAliasValues {
  const values: { -readonly [name in keyof GlobalAliasValues]: GlobalAliasValues[name] } = { notices: [] };
  const notices: string[] = [];
  const numbers: Readonly<Record<Exclude<GlobalSetting, 'schedules_enabled' | 'nothing'>, (value: number) => void>> = {
    max_concurrent_activities: (value) => {
      values.maxConcurrentActivities = value;
    },
    queue_size: (value) => {
      values.queueSize = value;
    },
  };
  for (const { variable, sets } of globalAliases) {
    const text = given(env, variable);
    if (text === undefined) continue;
    if (sets === 'nothing')
      notices.push(`${variable} is set and changes nothing: the Temporal server needs no polling`);
    else if (sets === 'schedules_enabled') values.schedulesEnabled = readSwitch(variable, text, problems) ?? true;
    else {
      const value = readWhole(variable, text, { from: 1, to: sets === 'queue_size' ? 100_000 : 1_000 }, problems);
      if (value !== undefined) numbers[sets](value);
    }
  }
  const known = new Set(catalogue.map((job) => job.id));
  const served = new Set(jobAliases.filter((one) => known.has(one.job)).map((one) => one.variable));
  for (const variable of new Set(jobAliases.map((one) => one.variable))) {
    if (given(env, variable) === undefined || served.has(variable)) continue;
    notices.push(`${variable} is set and changes nothing: this version has no job that it belongs to`);
  }
  return { ...values, notices };
}

export function readJobAliases(job: Job, env: Environment, problems: string[]): JobAliasValues {
  const parameters: Record<string, ParameterValue> = {};
  const values: { -readonly [name in keyof JobAliasValues]: JobAliasValues[name] } = { parameters };
  for (const alias of jobAliases) {
    const text = given(env, alias.variable);
    if (alias.job !== job.id || text === undefined) continue;
    const { variable, sets } = alias;
    switch (sets) {
      case 'concurrency':
        values.concurrency = readWhole(variable, text, { from: 1, to: 100 }, problems);
        break;
      case 'enabled':
        values.enabled = readSwitch(variable, text, problems);
        break;
      case 'cron': {
        const problem = whyNotCron(text);
        if (problem === null) values.schedule = { ...catchUp(job), cron: text };
        else problems.push(`${variable}: ${problem}`);
        break;
      }
      case 'every_minutes': {
        const minutes = readWhole(variable, text, { from: 1, to: 525_600 }, problems);
        if (minutes !== undefined) values.schedule = { ...catchUp(job), every_seconds: minutes * 60 };
        break;
      }
      default:
        readParameter(job, alias, sets.parameter, text, parameters, problems);
    }
  }
  return values;
}

/** How late a start may be stays what the catalogue says. */
function catchUp(job: Job): Pick<ScheduleDefinition, 'catch_up_window_seconds'> {
  const seconds = job.schedules[0]?.catch_up_window_seconds;
  return seconds === undefined ? {} : { catch_up_window_seconds: seconds };
}

function readParameter(
  job: Job,
  { variable }: JobAlias,
  name: string,
  text: string,
  into: Record<string, ParameterValue>,
  problems: string[],
): void {
  const value = job.parameters[name]?.type === 'string' ? text : Number(text);
  const result = parametersSchema(job).safeParse({ [name]: value });
  if (result.success) into[name] = value;
  else problems.push(`${variable}: ${result.error.issues[0]?.message ?? 'is not valid'}`);
}

function readWhole(
  variable: string,
  text: string,
  { from, to }: { readonly from: number; readonly to: number },
  problems: string[],
): number | undefined {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  problems.push(`${variable}: must be a whole number from ${from} to ${to}, not '${text}'`);
  return undefined;
}

function readSwitch(variable: string, text: string, problems: string[]): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(text)) return true;
  if (/^(false|0|no|off)$/i.test(text)) return false;
  problems.push(`${variable}: must be true or false, not '${text}'`);
  return undefined;
}
