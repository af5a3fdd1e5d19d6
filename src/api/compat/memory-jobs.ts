import { z } from 'zod';
import { memoryJobs } from '../../operations/monitoring/memory-jobs.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const status = z
  .object({
    status: z
      .enum(['running', 'paused', 'no_worker'])
      .describe('`paused`: no job starts by itself. `no_worker`: nothing carries runs out.'),
    jobs: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        next_run: z
          .string()
          .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
          .nullable()
          .describe('In UTC; null while the schedules of the job are paused.'),
      }),
    ),
  })
  .meta({ id: 'MemoryJobs' });

/** A URL of an API server with a scheduler inside (`/api/v2/jobs/`). */
export function memoryJobRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/status',
    {
      config: { scope: 'read' },
      schema: { tags: ['memory-jobs'], summary: 'When the jobs on memories start next', response: { 200: status } },
    },
    async (request) => wire(await memoryJobs(contextOf(request))),
  );
}
