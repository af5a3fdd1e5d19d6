import { z } from 'zod';
import {
  dropDeadLetter,
  listDeadLetters,
  retryDeadLetter,
  showDeadLetter,
} from '../../operations/runs/dead-letters.ts';
import { answerRun, preferHeader, startedAnswers } from '../answer-run.ts';
import { id } from '../schemas/common.ts';
import { deadLetter } from '../schemas/state.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['dead letters'];
const params = z.strictObject({ dead_letter: id });

export function deadLetterRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/dead-letters',
    {
      config: { scope: 'read', joined: true },
      schema: {
        tags,
        summary: 'Partitions that were given up, the latest first; at most a thousand',
        querystring: z.strictObject({ job: id.optional() }),
        response: { 200: z.object({ dead_letters: z.array(deadLetter) }) },
      },
    },
    async (request) => wire({ dead_letters: await listDeadLetters(contextOf(request), request.query.job ?? null) }),
  );
  app.get(
    '/dead-letters/:dead_letter',
    { config: { scope: 'read' }, schema: { tags, summary: 'One dead letter', params, response: { 200: deadLetter } } },
    async (request) => wire(await showDeadLetter(contextOf(request), request.params.dead_letter)),
  );
  app.post(
    '/dead-letters/:dead_letter/retry',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Run the job over just this partition',
        params,
        headers: preferHeader,
        response: startedAnswers,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      return answerRun(context, request, reply, await retryDeadLetter(context, request.params.dead_letter));
    },
  );
  app.delete(
    '/dead-letters/:dead_letter',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        summary: 'Forget it; the next run comes to the partition as to any other',
        params,
        response: { 200: deadLetter },
      },
    },
    async (request) => wire(await dropDeadLetter(contextOf(request), request.params.dead_letter)),
  );
}
