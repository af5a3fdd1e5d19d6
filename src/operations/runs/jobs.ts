import type { Config } from '../../config/config.ts';
import { canUndo, isSweep } from '../../jobs/facts.ts';
import type { Effect, Parameter, ParameterValue, ScheduleDefinition } from '../../jobs/job.ts';

export interface JobJson {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** `null` for a job that is one task. */
  readonly partition: string | null;
  /** Effect of a run on due rows or items; `null` for a job that is one task. */
  readonly effect: Effect | null;
  /** Whether the ledger keeps what a run does, so that it can be undone. */
  readonly undo: boolean;
  readonly collections: readonly string[];
  readonly parameters: Readonly<Record<string, JobParameterJson>>;
  readonly schedules: readonly ScheduleDefinition[];
  readonly brake: Readonly<Record<string, number>>;
}

/** A parameter, with what a form needs to know of it. */
export interface JobParameterJson {
  readonly type: Parameter['type'];
  readonly value: ParameterValue;
  readonly default: ParameterValue;
  readonly unit: string | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Values that a text may have; `null`: any. */
  readonly choices: readonly string[] | null;
  /** Whether `off` switches its rule off. */
  readonly can_be_off: boolean;
  readonly description: string;
}

/** The catalogue as this configuration has it, or one job of it. Needs no store. */
export function listJobs({ config }: { readonly config: Config }, id: string | null = null): JobJson[] {
  const chosen = config.jobs.filter(({ job }) => id === null || job.id === id);
  return chosen.map(({ job, collections, parameters, schedules, brake }) => ({
    id: job.id,
    title: job.title,
    description: job.description,
    partition: job.partition,
    effect: isSweep(job) ? job.effect : null,
    undo: canUndo(job),
    collections,
    parameters: Object.fromEntries(
      Object.entries(job.parameters).map(([name, one]) => [
        name,
        {
          type: one.type,
          value: name in parameters ? (parameters[name] ?? null) : one.default,
          default: one.default,
          unit: one.unit ?? null,
          minimum: one.minimum ?? null,
          maximum: one.maximum ?? null,
          choices: one.choices ?? null,
          can_be_off: one.can_be_off === true,
          description: one.description,
        },
      ]),
    ),
    schedules,
    brake: { ...brake },
  }));
}
