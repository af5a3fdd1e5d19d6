import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isFinal, type RunJson } from '../../domain/run.ts';
import type { Context } from '../../operations/context.ts';
import { OperationError } from '../../operations/errors.ts';
import { waitAtMost } from '../../operations/follow.ts';
import {
  deprecateDocuments,
  type GroupJson,
  type GroupRef,
  listEveryGroup,
  runGroup,
  showGroup,
  stateOfGroup,
} from '../../operations/groups.ts';
import { longestWaitSeconds, preferHeader, waitOf } from '../answer-run.ts';
import { refusal } from '../openapi.ts';
import { sendProblem } from '../problem.ts';
import { name } from '../schemas/common.ts';
import { deprecation, documentIds, graphName, maintain } from '../schemas/group.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';
import { groupHeader, groupOfHeader } from './group-header.ts';
import { collected, groupHealth, recomputed, staleGroups } from './maintenance-schemas.ts';
import { toCollected, toGroupHealth, toRecomputed } from './translate-group.ts';

const tags = ['maintenance'];
const querystring = z.strictObject({ graph: graphName.optional() });
const headers = groupHeader.extend(preferHeader.shape);
/** What a timer function can work off between two ticks, and a client hold in memory. */
const mostGroups = 50_000;
const deprecateBody = z.union([
  z.strictObject({ document_ids: documentIds, maintain }),
  z.strictObject({ document_id: name, maintain }),
]);

/** The URLs that a timer function calls (`/maintenance/`), one group after the other, over the same operations. */
export function maintenanceRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/admin/groups/stale',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'Every stale group', querystring, response: { 200: staleGroups } },
    },
    async (request) => {
      const { graph = null } = request.query;
      const { groups, cut } = await listEveryGroup(contextOf(request), { graph, stale: true }, mostGroups);
      return wire({ groups, truncated: cut });
    },
  );
  app.post(
    '/run-all-gc',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Run every collector on the group, and wait for it',
        description: 'Communities and centrality are left to `recompute-gds`.',
        querystring,
        headers,
        response: { 200: collected, 202: collected },
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      const context = contextOf(request);
      const run = await runGroup(context, 'group-maintenance', ref, { collectors: 'all', recompute: 'never' });
      return answerWork(context, ref, run, { request, reply, translate: toCollected });
    },
  );
  app.post(
    '/recompute-gds',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'Recompute communities and centrality of the group, and wait for it',
        querystring,
        headers,
        response: { 200: recomputed, 202: recomputed },
      },
    },
    async (request, reply) => {
      const ref = refOf(request);
      const context = contextOf(request);
      const run = await runGroup(context, 'graph-recompute', ref);
      return answerWork(context, ref, run, { request, reply, translate: toRecomputed });
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
  const run = await waitAtMost(context, started.run_id, waitSeconds * 1000);
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
