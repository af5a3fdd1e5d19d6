import { type Check, runChecks } from '../../activities/health-check/checks.ts';
import { configurationHash } from '../../config/configuration-hash.ts';
import { liveWorkers } from '../../state/installation/workers.ts';
import { isMigrated } from '../../state/migrate.ts';
import type { Context } from '../context.ts';
import { type JobTimesJson, jobTimes } from '../runs/job-times.ts';
import { pluginChecks } from './plugin-checks.ts';
import { pollerDeps } from './pollers.ts';
import { queueChecks } from './queue-checks.ts';
import { SharedAnswer } from './shared-answer.ts';
import { type StrandedRunJson, strandedRuns } from './stranded-runs.ts';

export { type Check, check } from '../../activities/health-check/checks.ts';

export interface HealthJson {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly jobs: readonly JobTimesJson[];
  /** Digest of the configuration of the process that answers. */
  readonly configuration: string;
  readonly workers: readonly WorkerJson[];
  /** Open runs whose version of Coppice no worker has. They do not change `ok`: a run that is started now is carried out. */
  readonly stranded_runs: readonly StrandedRunJson[];
}

/** A worker that lives, as it recorded itself. `null`: it is of a release that does not record it. */
export interface WorkerJson {
  readonly identity: string;
  readonly started_at: string | null;
  readonly release: string | null;
  readonly configuration: string | null;
  /** Whether it runs the configuration of the process that answers. */
  readonly same_configuration: boolean | null;
}

/** Whether a run started now would be carried out: the same look that the job `health-check` takes. */
export async function health(context: Context): Promise<HealthJson> {
  const [found, jobs, stranded] = await Promise.all([
    sharedChecks.get(context),
    jobTimes(context),
    sharedStranded.get(context),
  ]);
  const configuration = configurationHash(context.parts.config);
  const workers = await workersOf(context, configuration);
  return { ok: found.every((one) => one.ok), checks: found, jobs, configuration, workers, stranded_runs: stranded };
}

/** None where the tables of this release are missing: the checks report that. */
async function workersOf({ parts }: Context, configuration: string): Promise<WorkerJson[]> {
  if (!(await isMigrated(parts.db).catch(() => false))) return [];
  return (await liveWorkers(parts.db)).map(({ started_at: startedAt, configuration: own, ...worker }) => ({
    ...worker,
    started_at: startedAt?.toISOString() ?? null,
    configuration: own,
    same_configuration: own === null ? null : own === configuration,
  }));
}

const sharedChecks = new SharedAnswer(1_000, checks);
const sharedStranded = new SharedAnswer(1_000, strandedRuns);

async function checks(context: Context): Promise<readonly Check[]> {
  const [found, ofPlugins, ofQueues] = await Promise.all([
    runChecks({ ...pollerDeps(context), probes: context.parts.probes }),
    pluginChecks(context),
    queueChecks(context),
  ]);
  return [...found, ...ofPlugins, ...ofQueues];
}
