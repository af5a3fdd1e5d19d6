import { z } from 'zod';
import { listCollections } from '../../operations/monitoring/collections.ts';
import { overview as overviewOf } from '../../operations/monitoring/overview.ts';
import { itemCursorForm, listRunItems } from '../../operations/runs/items.ts';
import { runParams } from '../schemas/common.ts';
import { collection, itemPage, overview } from '../schemas/overview.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const itemQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(itemCursorForm, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});

export function overviewRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/overview',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['overview'],
        summary: 'Things that need a person, changes within a day, and predicted counts of the next runs',
        description:
          'A token that is limited to some partitions sees its own held runs and dead letters; all else is empty.',
        response: { 200: overview },
      },
    },
    async (request) => wire(await overviewOf(contextOf(request))),
  );
  app.get(
    '/collections',
    {
      config: { scope: 'read', joined: true, whole: true },
      schema: {
        tags: ['overview'],
        summary: 'Collections and graphs as they are mapped, with their growth',
        response: { 200: z.object({ collections: z.array(collection) }) },
      },
    },
    async (request) => wire({ collections: await listCollections(contextOf(request)) }),
  );
  app.get(
    '/runs/:run/items',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['runs'],
        summary: 'The ledger of a run, item by item',
        description:
          'Rows that it removed, values that it wrote, rows that it added. Items that an undo has restored are not in the ' +
          'ledger any more. Content is shown only to a token that was made with `--content`.',
        params: runParams,
        querystring: itemQuery,
        response: { 200: itemPage },
      },
    },
    async (request) => {
      const { limit, cursor = null } = request.query;
      return wire(await listRunItems(contextOf(request), request.params.run, { limit, cursor }));
    },
  );
}
