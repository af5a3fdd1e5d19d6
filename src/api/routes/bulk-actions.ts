import { z } from 'zod';
import { includesScope, type Scope } from '../../domain/access.ts';
import { requireWholeView } from '../../operations/access/visible.ts';
import { OperationError } from '../../operations/errors.ts';
import { listBulkActions, showBulkAction, startBulkAction } from '../../operations/runs/bulk-actions.ts';
import { bulkAction, bulkActionName } from '../schemas/bulk-action.ts';
import { id, reason } from '../schemas/common.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['bulk actions'];
const mostIds = 1_000;
const body = z.strictObject({ action: bulkActionName, ids: z.array(id).min(1).max(mostIds), reason });
const params = z.strictObject({ bulk_action: id });

export function bulkActionRoutes(app: Api, { contextOf, closing }: Services): void {
  app.post(
    '/bulk-actions',
    {
      config: { scope: 'run' },
      schema: {
        tags,
        summary: 'One action on many dead letters or schedules',
        description:
          `Answers at once with an action that has progress and a result; at most ${mostIds} ids. All but ` +
          '`retry_dead_letters` need a token of scope admin, and actions on schedules one without limits.',
        body,
        response: { 202: bulkAction },
      },
    },
    async (request, reply) => {
      const { action, ids, reason: given = null } = request.body;
      if (action !== 'retry_dead_letters') requireAdmin(request.principal?.scope ?? 'read', action);
      if (action === 'pause_schedules' || action === 'resume_schedules') requireWholeView(request.principal?.view);
      const started = await startBulkAction(contextOf(request), { action, ids, reason: given }, closing);
      return reply.code(202).header('location', `/api/v1/bulk-actions/${started.id}`).send(wire(started));
    },
  );
  app.get(
    '/bulk-actions',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The latest 50 bulk actions',
        response: { 200: z.object({ bulk_actions: z.array(bulkAction) }) },
      },
    },
    async (request) => wire({ bulk_actions: await listBulkActions(contextOf(request)) }),
  );
  app.get(
    '/bulk-actions/:bulk_action',
    {
      config: { scope: 'read' },
      schema: { tags, summary: 'One bulk action, with its progress', params, response: { 200: bulkAction } },
    },
    async (request) => wire(await showBulkAction(contextOf(request), request.params.bulk_action)),
  );
}

function requireAdmin(scope: Scope, action: string): void {
  if (includesScope(scope, 'admin')) return;
  const message = `${action} needs a token of scope admin, and this one has ${scope}`;
  throw new OperationError('forbidden', 'InsufficientScopeError', message);
}
