import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isFinal, type RunJson } from '../domain/run.ts';
import type { Context } from '../operations/context.ts';
import { waitAtMost } from '../operations/runs/follow.ts';
import { run as runSchema } from './schemas/run.ts';
import { wire } from './wire.ts';

export const longestWaitSeconds = 60;

/** RFC 7240. An unknown preference is ignored, as the RFC requires. */
export const preferHeader = z.object({
  prefer: z
    .string()
    .optional()
    .describe(`\`wait=SECONDS\`: answer when the run has ended, or after so long (${longestWaitSeconds} at most).`),
});

/** 200: the run has ended. 202: it goes on; see `Location`. */
export const startedAnswers = {
  200: runSchema.describe('The run has ended.'),
  202: runSchema.describe('The run goes on. `Location` is where to look.'),
};

/** Answers with a run that was just started, at once or, where the client prefers so, when it has ended. */
export async function answerRun(context: Context, request: FastifyRequest, reply: FastifyReply, started: RunJson) {
  const waitSeconds = waitOf(request.headers.prefer);
  const run = waitSeconds === null ? started : await waitForRun(context, request, started, waitSeconds);
  reply.header('location', `/api/v1/runs/${encodeURIComponent(run.run_id)}`);
  if (waitSeconds !== null) reply.header('preference-applied', `wait=${waitSeconds}`);
  return reply.code(isFinal(run.status) ? 200 : 202).send(wire(run));
}

/** So many requests wait for runs at once; one more is answered at once, as RFC 7240 lets a server do. */
export const mostWaits = 200;

/** The run when it has ended, or as it stands when the time is over or the server closes. */
export async function waitForRun(
  context: Context,
  { server: { waits, closing } }: FastifyRequest,
  started: RunJson,
  waitSeconds: number,
): Promise<RunJson> {
  const leave = waits.enter();
  if (leave === null) return started;
  try {
    return await waitAtMost(context, started.run_id, waitSeconds * 1000, closing);
  } finally {
    leave();
  }
}

/** Returns the time that the client prefers to wait, in seconds; `null` where it names none. */
export function waitOf(prefer: string | string[] | undefined): number | null {
  const [, digits] = /(?:^|[,;]\s*)wait=(\d{1,9})\s*(?:$|[,;])/.exec([prefer].flat().join(',')) ?? [];
  return digits === undefined ? null : Math.min(longestWaitSeconds, Number(digits));
}
