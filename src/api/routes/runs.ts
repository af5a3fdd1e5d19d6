import { z } from 'zod';
import { approveRun, rejectHeldRun } from '../../operations/runs/approve.ts';
import { cancelRun } from '../../operations/runs/cancel.ts';
import { cursorForm, listRunPage, showRun } from '../../operations/runs/runs.ts';
import { undoRun } from '../../operations/runs/undo.ts';
import { undoOutlook as undoOutlookOf } from '../../operations/runs/undo-outlook.ts';
import { answerRun, preferHeader, startedAnswers } from '../answer-run.ts';
import { id, instant, runParams as params, reason, reasonBody } from '../schemas/common.ts';
import { undoOutlook } from '../schemas/overview.ts';
import { run, runDetail, runPage, runStatus } from '../schemas/run.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['runs'];
const listQuery = z.strictObject({
  job: id.optional(),
  status: runStatus.optional(),
  since: instant.optional().describe('Only runs that were asked for at this time or later.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(cursorForm, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});
const approveBody = z
  .strictObject({ hash: id.optional().describe('Approve only if the survey has this hash.'), reason })
  .nullish();

export function runRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/runs',
    {
      config: { scope: 'read', joined: true },
      schema: { tags, summary: 'Runs, the latest first', querystring: listQuery, response: { 200: runPage } },
    },
    async (request) => {
      const { job = null, status = null, since, limit, cursor = null } = request.query;
      const from = since === undefined ? null : new Date(since);
      return wire(await listRunPage(contextOf(request), { job, status, since: from, limit, cursor }));
    },
  );
  app.get(
    '/runs/:run',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One run in its present state, with its survey', params, response: { 200: runDetail } },
    },
    async (request) => wire(await showRun(contextOf(request), request.params.run)),
  );
  app.post(
    '/runs/:run/approve',
    {
      config: { scope: 'admin', whole: true },
      schema: {
        tags,
        summary: 'Let a held run go ahead',
        description: 'Starts a new run, bound to exactly what was surveyed.',
        params,
        headers: preferHeader,
        body: approveBody,
        response: startedAnswers,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const approved = await approveRun(context, request.params.run, request.body ?? {});
      return answerRun(context, request, reply, approved);
    },
  );
  app.post(
    '/runs/:run/reject',
    {
      config: { scope: 'admin', whole: true },
      schema: {
        tags,
        summary: 'Turn a held run down; nothing of it is removed',
        params,
        body: reasonBody,
        response: { 200: run },
      },
    },
    async (request) => wire(await rejectHeldRun(contextOf(request), request.params.run, request.body?.reason ?? null)),
  );
  app.post(
    '/runs/:run/cancel',
    {
      config: { scope: 'run', whole: true },
      schema: {
        tags,
        summary: 'Stop a run after the batch at hand',
        description: 'Committed work stays and can be undone.',
        params,
        response: { 202: run },
      },
    },
    async (request, reply) => reply.code(202).send(wire(await cancelRun(contextOf(request), request.params.run))),
  );
  app.get(
    '/runs/:run/undo',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'What an undo of the run would put back now, and what it would leave alone',
        description: 'Counts by collection, of a part of the ledger 10,000 at most. Nothing is changed.',
        params,
        response: { 200: undoOutlook },
      },
    },
    async (request) => wire(await undoOutlookOf(contextOf(request), request.params.run)),
  );
  app.post(
    '/runs/:run/undo',
    {
      config: { scope: 'run', whole: true },
      schema: {
        tags,
        summary: 'Put back what a run removed',
        description: 'A run of its own. Restored rows are on hold until their dates change.',
        params,
        headers: preferHeader,
        body: reasonBody,
        response: startedAnswers,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      return answerRun(
        context,
        request,
        reply,
        await undoRun(context, request.params.run, request.body?.reason ?? null),
      );
    },
  );
}
