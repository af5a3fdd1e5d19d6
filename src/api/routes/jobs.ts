import { z } from 'zod';
import { jobOf } from '../../operations/context.ts';
import { listJobs } from '../../operations/runs/jobs.ts';
import { checkParameters } from '../../operations/runs/parameters.ts';
import { preview as previewJob } from '../../operations/runs/preview.ts';
import { runJob } from '../../operations/runs/run.ts';
import { jobStats as statsOfJobs } from '../../operations/runs/stats.ts';
import { answerRun, preferHeader, startedAnswers } from '../answer-run.ts';
import { givenParameters, jobParams } from '../schemas/common.ts';
import { job, jobDetail } from '../schemas/job.ts';
import { preview } from '../schemas/run.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['jobs'];
const runBody = z
  .strictObject({
    parameters: givenParameters.optional(),
    preview: z.boolean().optional().describe('Only survey what it would do, recorded as a run.'),
  })
  .nullish();
const previewBody = z.strictObject({ parameters: givenParameters.optional() }).nullish();

export function jobRoutes(app: Api, { base, contextOf }: Services): void {
  // The configuration of a server does not change.
  const jobs = wire({ jobs: listJobs(base.parts) });
  app.get(
    '/jobs',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'All jobs', response: { 200: z.object({ jobs: z.array(job) }) } },
    },
    async () => jobs,
  );
  app.get(
    '/jobs/:job',
    {
      config: { scope: 'read', joined: true },
      schema: { tags, summary: 'One job, and how it has fared', params: jobParams, response: { 200: jobDetail } },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = jobOf(context, request.params.job).job;
      const [found] = listJobs(context.parts, id);
      const stats = (await statsOfJobs(context)).filter((one) => one.job === id);
      return jobDetail.parse({ ...found, stats: stats[0] });
    },
  );
  app.post(
    '/jobs/:job/runs',
    {
      config: { scope: 'run', whole: true },
      schema: {
        tags,
        summary: 'Start a run now',
        params: jobParams,
        headers: preferHeader,
        body: runBody,
        response: startedAnswers,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { job: settings } = jobOf(context, request.params.job);
      const parameters = checkParameters(settings, request.body?.parameters ?? {});
      const run = await runJob(context, settings.id, parameters, { preview: request.body?.preview === true });
      return answerRun(context, request, reply, run);
    },
  );
  app.post(
    '/jobs/:job/preview',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Preview of a run; changes nothing',
        description: 'A token that is limited to some partitions gets the counts of these alone.',
        params: jobParams,
        body: previewBody,
        response: { 200: preview },
      },
    },
    async (request) => {
      const { parts, view } = contextOf(request);
      const { job: settings } = jobOf({ parts }, request.params.job);
      const parameters = checkParameters(settings, request.body?.parameters ?? {});
      return wire(await previewJob(parts, settings.id, parameters, view));
    },
  );
}
