import { z } from 'zod';
import { jobOf } from '../../operations/context.ts';
import {
  deprecateDocuments,
  type GroupRef,
  listGroups,
  markGroupStale,
  runGroup,
  showGroup,
} from '../../operations/groups/groups.ts';
import { checkParameters } from '../../operations/runs/parameters.ts';
import { answerRun, preferHeader, startedAnswers } from '../answer-run.ts';
import { refusal } from '../openapi.ts';
import { givenParameters } from '../schemas/common.ts';
import {
  deprecation,
  documentIds,
  graphName,
  group,
  groupDetail,
  groupPage,
  groupRef,
  maintain,
} from '../schemas/group.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['groups'];
const run = { scope: 'run' } as const;
const listQuery = z.strictObject({
  graph: graphName.describe('Only of this graph.').optional(),
  stale: z.enum(['true', 'false']).optional().describe('`true`: only those that are to be collected or recomputed.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^[\w-]{1,4000}$/, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});
const deprecateBody = z.strictObject({ document_ids: documentIds, maintain });
/** The group is named by the query, in the clear; in a run's parameters it stands by its key. */
const runBody = z.strictObject({ parameters: givenParameters.omit({ group: true }).optional() }).nullish();

/** The commands of `coppice groups`. The group is always the query's `group_id`. */
export function groupRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/groups',
    {
      config: { scope: 'read', joined: true },
      schema: {
        tags,
        summary: 'Groups of graphs, by name',
        description: 'Groups that a run, a deprecation or a request has named since.',
        querystring: listQuery,
        response: { 200: groupPage },
      },
    },
    async (request) => {
      const { graph = null, stale, limit, cursor = null } = request.query;
      return wire(await listGroups(contextOf(request), { graph, stale: stale === 'true', limit, cursor }));
    },
  );
  app.get(
    '/groups/show',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'One group, with what it holds now',
        querystring: groupRef,
        response: { 200: groupDetail, 404: refusal(404) },
      },
    },
    async (request) => wire(await showGroup(contextOf(request), refOf(request.query))),
  );
  app.post(
    '/groups/mark-stale',
    {
      config: run,
      schema: {
        tags,
        summary: 'Say that a group has changed',
        description: 'The next run comes to it.',
        querystring: groupRef,
        response: { 200: group },
      },
    },
    async (request) => wire(await markGroupStale(contextOf(request), refOf(request.query))),
  );
  app.post(
    '/groups/deprecate',
    {
      config: run,
      schema: {
        tags,
        summary: 'Mark documents as out of date',
        description: 'With them the edges and vectors that come from them; the group becomes stale.',
        querystring: groupRef,
        body: deprecateBody,
        response: { 200: deprecation },
      },
    },
    async (request) => {
      const { document_ids: documents, maintain: follows = false } = request.body;
      const asked = { ...refOf(request.query), documents, maintain: follows };
      return wire(await deprecateDocuments(contextOf(request), asked));
    },
  );
  for (const [word, job, summary] of [
    ['maintain', 'group-maintenance', 'Collect and recompute one group now'],
    ['recompute', 'graph-recompute', 'Recompute one group now'],
  ] as const) {
    app.post(
      `/groups/${word}`,
      {
        config: run,
        schema: {
          tags,
          summary,
          querystring: groupRef,
          headers: preferHeader,
          body: runBody,
          response: startedAnswers,
        },
      },
      async (request, reply) => {
        const context = contextOf(request);
        const parameters = checkParameters(jobOf(context, job).job, request.body?.parameters ?? {});
        const started = await runGroup(context, job, refOf(request.query), parameters);
        return answerRun(context, request, reply, started);
      },
    );
  }
}

function refOf({ group_id, graph }: z.infer<typeof groupRef>): GroupRef {
  return { graph: graph ?? null, group: group_id };
}
