import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isFinal, type RunJson } from '../../domain/run.ts';
import { requireWholeView } from '../../operations/access/visible.ts';
import type { Context } from '../../operations/context.ts';
import { OperationError } from '../../operations/errors.ts';
import {
  deprecateDocuments,
  type GroupJson,
  type GroupRef,
  runGroup,
  showGroup,
  stateOfGroup,
} from '../../operations/groups/groups.ts';
import { everyStaleGroup } from '../../operations/groups/stale-groups.ts';
import { runJob } from '../../operations/runs/run.ts';
import { longestWaitSeconds, preferHeader, waitForRun, waitOf } from '../answer-run.ts';
import { refusal } from '../openapi.ts';
import { sendProblem } from '../problem.ts';
import { name } from '../schemas/common.ts';
import { deprecation, documentIds, graphName, maintain } from '../schemas/group.ts';
import { run } from '../schemas/run.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';
import { acceptEmptyJson } from './empty-json.ts';
import { groupHeader, groupOfHeader, groupOrAllHeader, isForAllGroups } from './group-header.ts';
import { collected, groupHealth, recomputed, staleGroups } from './maintenance-schemas.ts';
import { staleDocument } from './stale-document.ts';
import { toCollected, toGroupHealth, toRecomputed } from './translate-group.ts';

const tags = ['maintenance'];
const querystring = z.strictObject({ graph: graphName.optional() });
const headers = groupOrAllHeader.extend(preferHeader.shape);
const deprecateBody = z.union([
  z.strictObject({ document_ids: documentIds, maintain }),
  z.strictObject({ document_id: name, maintain }),
]);

/** The URLs that a timer function calls (`/maintenance/`), one group after the other, over the same operations. */
export function maintenanceRoutes(app: Api, { contextOf }: Services): void {
  acceptEmptyJson(app);
  app.get(
    '/admin/groups/stale',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'Every stale group', querystring, response: { 200: staleGroups } },
    },
    async (request, reply) => {
      const pages = everyStaleGroup(contextOf(request), request.query.graph ?? null);
      // A faulty request is refused before the document begins.
      const first = await pages.next();
      return sendText(reply, staleDocument(first, pages));
    },
  );
  app.post(
    '/run-all-gc',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Run every collector on the group, and wait for it',
        description:
          'Communities and centrality are left to `recompute-gds`. With `X-Group-ID: *` a run of `group-maintenance` begins for ' +
          'all stale groups, recompute included, and the answer is 202 at once.',
        querystring,
        headers,
        response: { 200: collected, 202: z.union([collected, run]) },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      if (isForAllGroups(request)) return startForAll(context, 'group-maintenance', request, reply);
      const ref = refOf(request);
      const started = await runGroup(context, 'group-maintenance', ref, { collectors: 'all', recompute: 'never' });
      return answerWork(context, ref, started, { request, reply, translate: toCollected });
    },
  );
  app.post(
    '/recompute-gds',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Recompute communities and centrality of the group, and wait for it',
        description:
          'With `X-Group-ID: *` a run of `graph-recompute` begins for all groups that need it, and the answer is 202 at once.',
        querystring,
        headers,
        response: { 200: recomputed, 202: z.union([recomputed, run]) },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      if (isForAllGroups(request)) return startForAll(context, 'graph-recompute', request, reply);
      const ref = refOf(request);
      const started = await runGroup(context, 'graph-recompute', ref);
      return answerWork(context, ref, started, { request, reply, translate: toRecomputed });
    },
  );
  app.get(
    '/health',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'How the group fares',
        querystring,
        headers: groupHeader,
        response: { 200: groupHealth, 404: refusal(404) },
      },
    },
    async (request) => toGroupHealth(await showGroup(contextOf(request), refOf(request))),
  );
  app.post(
    '/deprecate',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Mark documents of the group as out of date, at once',
        querystring,
        headers: groupHeader,
        body: deprecateBody,
        response: { 200: deprecation },
      },
    },
    async (request) => {
      const { body } = request;
      const documents = 'document_ids' in body ? body.document_ids : [body.document_id];
      const asked = { ...refOf(request), documents, maintain: body.maintain ?? false };
      return wire(await deprecateDocuments(contextOf(request), asked));
    },
  );
}

type OfGroup = FastifyRequest & { readonly query: z.infer<typeof querystring> };

function refOf(request: OfGroup): GroupRef {
  return { graph: request.query.graph ?? null, group: groupOfHeader(request) };
}

/** JSON that is made while it is sent, which no serializer looks at. */
function sendText(reply: FastifyReply, text: AsyncIterable<string>): FastifyReply {
  return reply.type('application/json').send(Readable.from(text));
}

/** A run of the job for every group, as its schedule starts it. Nobody waits for it: it may take hours. */
async function startForAll(
  context: Context,
  job: 'group-maintenance' | 'graph-recompute',
  request: OfGroup,
  reply: FastifyReply,
): Promise<FastifyReply> {
  requireWholeView(context.view);
  if (request.query.graph !== undefined) {
    const message = '`X-Group-ID: *` is for the groups of all graphs: leave out the parameter graph';
    throw new OperationError('usage', 'GroupIdError', message);
  }
  const started = await runJob(context, job, {}, { preview: false });
  reply.header('location', `/api/v1/runs/${encodeURIComponent(started.run_id)}`);
  return reply.code(202).send(wire(started));
}

interface Answering<T> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  translate(run: RunJson, group: GroupJson): T;
}

/**
 * Waits for the run, since such a client goes on to the next group when it has its answer: 200 with what was done; 202 when
 * the time is over; a problem where the run did not do it, so that who looks at the status alone does not miss it.
 */
async function answerWork<T>(context: Context, ref: GroupRef, started: RunJson, answering: Answering<T>) {
  const { request, reply, translate } = answering;
  const waitSeconds = waitOf(request.headers.prefer) ?? longestWaitSeconds;
  const run = await waitForRun(context, request, started, waitSeconds);
  reply.header('location', `/api/v1/runs/${encodeURIComponent(run.run_id)}`);
  if (run.status === 'failed' || run.status === 'partial') return sendProblem(request, reply, 500, failureOf(run));
  if (isFinal(run.status) && run.status !== 'success') throw refusalOf(run);
  return reply.code(isFinal(run.status) ? 200 : 202).send(translate(run, await stateOfGroup(context, ref)));
}

function failureOf({ run_id, error }: RunJson) {
  const { name: errorName = 'GroupWorkFailedError', message = 'the group was given up' } = error ?? {};
  return { name: errorName, message, hint: `See coppice runs show ${run_id}` };
}

/** The run came to an end without doing what was asked for. */
function refusalOf({ status, run_id }: RunJson): OperationError {
  if (status === 'held') {
    const message = 'more would go than the brake allows: the run is held until a person approves it';
    return new OperationError('conflict', 'RunHeldError', message, `coppice approve ${run_id}`);
  }
  if (status === 'skipped') {
    const message = 'another run works on this group just now';
    return new OperationError('conflict', 'GroupBusyError', message, 'Ask again when it has ended: coppice runs');
  }
  return new OperationError('conflict', 'RunEndedError', `the run was ${status}`, `See coppice runs show ${run_id}`);
}
