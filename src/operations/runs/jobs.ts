import type { Config } from '../../config/config.ts';
import type { ParameterValue, ScheduleDefinition } from '../../jobs/job.ts';

export interface JobJson {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** `null` for a job that is one task. */
  readonly partition: string | null;
  readonly collections: readonly string[];
  readonly parameters: Readonly<
    Record<string, { value: ParameterValue; default: ParameterValue; unit: string | null; description: string }>
  >;
  readonly schedules: readonly ScheduleDefinition[];
  readonly brake: Readonly<Record<string, number>>;
}

/** The catalogue as this configuration has it, or one job of it. Needs no store. */
export function listJobs({ config }: { readonly config: Config }, id: string | null = null): JobJson[] {
  const chosen = config.jobs.filter(({ job }) => id === null || job.id === id);
  return chosen.map(({ job, collections, parameters, schedules, brake }) => ({
    id: job.id,
    title: job.title,
    description: job.description,
    partition: job.partition,
    collections,
    parameters: Object.fromEntries(
      Object.entries(job.parameters).map(([name, one]) => [
        name,
        {
          value: name in parameters ? (parameters[name] ?? null) : one.default,
          default: one.default,
          unit: one.unit ?? null,
          description: one.description,
        },
      ]),
    ),
    schedules,
    brake: { ...brake },
  }));
}
