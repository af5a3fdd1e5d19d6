import { z } from 'zod';
import { listBulkActions, showBulkAction, startBulkAction } from '../../operations/runs/bulk-actions.ts';
import { bulkAction } from '../schemas/bulk-action.ts';
import { id, reason } from '../schemas/common.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['bulk actions'];
const mostIds = 1_000;
const body = z.strictObject({ ids: z.array(id).min(1).max(mostIds), reason });
const params = z.strictObject({ bulk_action: id });
const starts = [
  { path: '/dead-letters/retry', action: 'retry_dead_letters', scope: 'run', whole: false },
  { path: '/dead-letters/drop', action: 'drop_dead_letters', scope: 'admin', whole: false },
  { path: '/schedules/pause', action: 'pause_schedules', scope: 'admin', whole: true },
  { path: '/schedules/resume', action: 'resume_schedules', scope: 'admin', whole: true },
] as const;

export function bulkActionRoutes(app: Api, { contextOf, closing }: Services): void {
  for (const { path, action, scope, whole } of starts) {
    app.post(
      path,
      {
        config: { scope, whole },
        schema: {
          tags,
          summary: `${action.replaceAll('_', ' ')}, as one action`,
          description: `Answers at once with an action that has progress and a result; at most ${mostIds} ids.`,
          body,
          response: { 202: bulkAction },
        },
      },
      async (request, reply) => {
        const { ids, reason: given = null } = request.body;
        const started = await startBulkAction(contextOf(request), { action, ids, reason: given }, closing);
        return reply.code(202).header('location', `/api/v1/bulk-actions/${started.id}`).send(wire(started));
      },
    );
  }
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
