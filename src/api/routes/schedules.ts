import { z } from 'zod';
import { listSchedules, setPaused, triggerSchedule } from '../../operations/runs/schedules.ts';
import { id, reasonBody } from '../schemas/common.ts';
import { schedule } from '../schemas/job.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['schedules'];
const params = z.strictObject({ schedule: id });
const list = z.object({ schedules: z.array(schedule) });

export function scheduleRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/schedules',
    {
      config: { scope: 'read', joined: true },
      schema: { tags, summary: 'The Temporal Schedules of this installation', response: { 200: list } },
    },
    async (request) => wire({ schedules: await listSchedules(contextOf(request)) }),
  );
  for (const [word, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    app.post(
      `/schedules/:schedule/${word}`,
      {
        config: { scope: 'admin', whole: true },
        schema: {
          tags,
          summary: paused ? 'Pause it, until a person resumes it' : 'Resume it',
          params,
          body: reasonBody,
          response: { 200: list },
        },
      },
      async (request) => {
        const { schedule } = request.params;
        return wire({
          schedules: await setPaused(contextOf(request), [schedule], paused, request.body?.reason ?? null),
        });
      },
    );
  }
  app.post(
    '/schedules/:schedule/trigger',
    {
      config: { scope: 'run', whole: true },
      schema: {
        tags,
        summary: 'Start now what it starts',
        description: 'Also where the schedule is paused. While another run has the lease, the new one ends skipped.',
        params,
        response: { 202: list },
      },
    },
    async (request, reply) =>
      reply.code(202).send(wire({ schedules: await triggerSchedule(contextOf(request), request.params.schedule) })),
  );
}
