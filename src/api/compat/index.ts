import { z } from 'zod';
import { type Context, jobOf } from '../../operations/context.ts';
import { health as healthOf } from '../../operations/monitoring/health.ts';
import { listJobs } from '../../operations/runs/jobs.ts';
import { checkParameters } from '../../operations/runs/parameters.ts';
import { runJob } from '../../operations/runs/run.ts';
import { listOpenRuns } from '../../operations/runs/runs.ts';
import { listSchedules, schedulesOf, setPaused } from '../../operations/runs/schedules.ts';
import { jobStats } from '../../operations/runs/stats.ts';
import { givenParameters, id } from '../schemas/common.ts';
import type { Api, Services } from '../types.ts';
import { acceptEmptyJson } from './empty-json.ts';
import { type BackgroundJob, backgroundJob, execution, serviceHealth, summary } from './schemas.ts';
import { toExecution, toJob, toServiceHealth, toSummary } from './translate.ts';

const tags = ['background-jobs'];
const params = z.strictObject({ job_id: id });
const message = z.object({ message: z.string() });
const read = { scope: 'read', joined: true } as const;
const executeBody = z
  .union([
    z.string().max(1000).describe('A correlation id; it is not used.'),
    z.strictObject({ correlation_id: z.string().max(1000).optional(), parameters: givenParameters.optional() }),
  ])
  .nullish();

/** The URLs of a job framework that teams come from (`/api/v1/background-jobs/`), over the same operations. */
export function compatRoutes(app: Api, { contextOf }: Services): void {
  acceptEmptyJson(app);
  app.get('/health', { config: read, schema: { tags, response: { 200: serviceHealth } } }, async (request) => {
    const context = contextOf(request);
    return toServiceHealth(await healthOf(context), await jobStats(context));
  });
  app.get('/jobs', { config: read, schema: { tags, response: { 200: z.array(backgroundJob) } } }, async (request) =>
    jobsOf(contextOf(request)),
  );
  app.get(
    '/jobs/:job_id',
    { config: read, schema: { tags, params, response: { 200: backgroundJob } } },
    async (request) => {
      const context = contextOf(request);
      const { job } = formerJobOf(context, request.params.job_id);
      return backgroundJob.parse((await jobsOf(context)).find((one) => one.job_id === job.id));
    },
  );
  app.post(
    '/jobs/:job_id/execute',
    {
      config: { scope: 'run', whole: true },
      schema: { tags, params, body: executeBody, response: { 202: z.object({ message: z.string(), execution }) } },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { job } = formerJobOf(context, request.params.job_id);
      const given = typeof request.body === 'string' ? undefined : request.body?.parameters;
      const run = await runJob(context, job.id, checkParameters(job, given ?? {}), { preview: false });
      return reply.code(202).send({ message: `Job ${job.id} queued for execution`, execution: toExecution(run) });
    },
  );
  for (const [word, paused] of [
    ['enable', false],
    ['disable', true],
  ] as const) {
    app.post(
      `/jobs/:job_id/${word}`,
      { config: { scope: 'admin', whole: true }, schema: { tags, params, response: { 200: message } } },
      async (request) => {
        const context = contextOf(request);
        const { job } = formerJobOf(context, request.params.job_id);
        await setPaused(context, await schedulesOf(context, job.id), paused);
        return { message: `Job ${job.id} ${word}d` };
      },
    );
  }
  const running = z.object({ running_jobs: z.array(execution), count: z.int() });
  app.get('/executions/running', { config: read, schema: { tags, response: { 200: running } } }, async (request) => {
    const open = (await listOpenRuns(contextOf(request))).map(toExecution);
    return { running_jobs: open, count: open.length };
  });
  app.get('/stats/summary', { config: read, schema: { tags, response: { 200: summary } } }, async (request) => {
    const context = contextOf(request);
    return toSummary(await jobsOf(context), toServiceHealth(await healthOf(context), await jobStats(context)));
  });
}

/** Former ids of jobs, by the names that the framework used. */
const formerIds: ReadonlyMap<string, string> = new Map([
  ['daily-ttl-cleanup', 'ttl-cleanup'],
  ['weekly-document-refresh', 'document-refresh'],
]);

function formerJobOf(context: Context, id: string) {
  return jobOf(context, formerIds.get(id) ?? id);
}

async function jobsOf(context: Context): Promise<BackgroundJob[]> {
  const [stats, schedules] = await Promise.all([jobStats(context), listSchedules(context)]);
  return listJobs(context.parts).flatMap((job) => {
    const own = stats.find((one) => one.job === job.id);
    const { retry, priority } = jobOf(context, job.id);
    return own === undefined ? [] : [toJob({ job, retry, priority }, own, schedules)];
  });
}
