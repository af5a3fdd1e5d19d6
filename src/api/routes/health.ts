import { z } from 'zod';
import { health as healthOf } from '../../operations/monitoring/health.ts';
import { readiness as readinessOf } from '../../operations/monitoring/readiness.ts';
import { health, readiness } from '../schemas/state.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['health'];

export function healthRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/health',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'Whether a run started now would be carried out',
        description: 'Database, vector stores, Temporal, and a worker that polls. Always 200; `ok` is the answer.',
        response: { 200: health },
      },
    },
    async (request) => wire(await healthOf(contextOf(request))),
  );
}

/** For orchestrators, without a token: they tell nothing but yes or no. */
export function probeRoutes(app: Api, { base }: Services): void {
  app.get(
    '/livez',
    {
      config: { open: true, unlimited: true },
      schema: { tags, summary: 'The process serves', response: { 200: z.object({ live: z.literal(true) }) } },
    },
    async () => ({ live: true as const }),
  );
  app.get(
    '/readyz',
    {
      config: { open: true },
      schema: {
        tags,
        summary: 'Database and Temporal answer',
        response: { 200: readiness, 503: readiness },
      },
    },
    async (_request, reply) => {
      const answer = await readinessOf(base);
      return reply.code(answer.ready ? 200 : 503).send(wire(answer));
    },
  );
}
