import { z } from 'zod';
import { bulkActions } from '../../domain/bulk-actions.ts';

export const bulkActionName = z.enum(bulkActions);

export const bulkAction = z.object({
  id: z.string(),
  action: bulkActionName,
  state: z
    .enum(['running', 'finished', 'interrupted'])
    .describe('interrupted: the server that worked on it has stopped; ask again for what is `left`.'),
  total: z.int(),
  done: z.int().describe('Ids that were handled, those that failed included.'),
  failed: z.array(z.object({ id: z.string(), message: z.string() })),
  left: z.array(z.string()).describe('Ids that were not handled yet.'),
  requested_by: z.string(),
  reason: z.string().nullable(),
  started_at: z.string(),
  finished_at: z.string().nullable(),
});
