import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { findConsoleSession, isTokenUsable } from '../../operations/access/console-sessions.ts';
import type { Principal } from '../../operations/access/tokens.ts';
import { type Context, runOf } from '../../operations/context.ts';
import { followRun } from '../../operations/runs/follow.ts';
import { Places } from '../places.ts';
import { sendProblem } from '../problem.ts';
import { runParams as params } from '../schemas/common.ts';
import type { Api, Services } from '../types.ts';

/** Each stream asks the database twice a second. */
const mostStreams = 50;
/** Then the client comes again, with the id of the last event it saw. */
const longestStreamMs = 3_600_000;
const comeAgainMs = 2_000;

/** The document describes one event; what is sent is a stream of them, which no serializer looks at. */
const eachEvent = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    event: { type: 'string', enum: ['progress', 'end'] },
    data: { type: 'string', contentMediaType: 'application/json', description: 'The run.' },
  },
  required: ['id', 'event', 'data'],
};

/** Progress of a run as server-sent events. */
export function eventRoutes(app: Api, { base, contextOf, heartbeatMs, closing }: Services): void {
  const places = new Places(mostStreams);
  app.get(
    '/runs/:run/events',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['runs'],
        summary: 'Progress of a run, as server-sent events',
        description:
          '`progress` at every change, then `end`, each with the run as data; after that the stream closes. Comments keep ' +
          'the connection alive. With the id of the last event in `Last-Event-ID` nothing is told twice; where that was ' +
          'the end, the answer is 204, on which a client stops asking.',
        params,
        headers: z.object({ 'last-event-id': z.string().max(100).optional() }),
        response: {
          200: {
            description: 'Events.',
            content: { 'text/event-stream': { schema: z.unknown().meta(eachEvent) } },
          },
          204: z.null().describe('There are no further events.'),
        },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { run } = request.params;
      const seen = request.headers['last-event-id'];
      // Before the first wait: of many that come at once, each finds those before it counted.
      const leave = places.enter();
      if (leave === null) {
        const message = `${mostStreams} streams are open already`;
        return sendProblem(request, reply, 429, { name: 'TooManyStreamsError', message });
      }
      const stopping = new AbortController();
      whenClosed(reply.raw, () => {
        leave();
        stopping.abort();
      });
      // A faulty request is refused before the stream begins.
      await runOf(context, run);
      const signal = AbortSignal.any([stopping.signal, closing, AbortSignal.timeout(longestStreamMs)]);
      const events = followRun(context, run, signal);
      const first = await events.next();
      if (first.done !== true && first.value.type === 'end' && first.value.id === seen) {
        await events.return(undefined);
        return reply.code(204).send(null);
      }
      const stream = new PassThrough();
      const { principal, sessionSecret } = request;
      const heartbeat = setInterval(() => {
        stream.write(': still here\n\n');
        void mayStillRead(base, principal, sessionSecret).then((may) => may || stopping.abort());
      }, heartbeatMs);
      const told = async function* () {
        yield `retry: ${comeAgainMs}\n\n`;
        if (first.done !== true && first.value.id !== seen) yield eventText(first.value);
        for await (const event of events) yield eventText(event);
      };
      void pipeline(told, stream, { signal: stopping.signal })
        .catch((error: unknown) => {
          if (!stopping.signal.aborted)
            request.log.warn({ error: String(error), request_id: request.id }, 'a stream broke off');
        })
        .finally(() => clearInterval(heartbeat));
      return reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream')
        .send(stream);
    },
  );
}

/**
 * Whether the token, or the session, that a stream was opened with may still be used. A token that cannot be checked
 * now still counts as valid.
 */
async function mayStillRead(base: Context, principal: Principal | null, secret: string | null): Promise<boolean> {
  try {
    if (secret !== null) return (await findConsoleSession(base, secret)) !== null;
    if (principal?.kind === 'user') return principal.expiresAt === null || principal.expiresAt > new Date();
    return principal === null || (await isTokenUsable(base, principal.id));
  } catch {
    return true;
  }
}

/** Also where the client has left meanwhile. */
function whenClosed(response: ServerResponse, work: () => void): void {
  if (response.destroyed || response.socket?.destroyed === true) work();
  else response.once('close', work);
}

function eventText({ id, type, run }: { id: string; type: string; run: object }): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(run)}\n\n`;
}
