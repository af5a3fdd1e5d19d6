import { z } from 'zod';
import { liftHolds, listHolds } from '../../operations/data/holds.ts';
import { count, id, name } from '../schemas/common.ts';
import { hold } from '../schemas/state.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['holds'];
const filter = z.strictObject({
  collection: id.optional(),
  partition: name.optional(),
  id: name.optional().describe('Id of the row.'),
  run: id.optional().describe('The undo that set it.'),
});

export function holdRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/holds',
    {
      config: { scope: 'read', joined: true },
      schema: {
        tags,
        summary: 'Restored rows that no run takes again, the latest first; at most a thousand',
        querystring: filter,
        response: { 200: z.object({ holds: z.array(hold) }) },
      },
    },
    async (request) => wire({ holds: await listHolds(contextOf(request), filterOf(request.query)) }),
  );
  app.post(
    '/holds/lift',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        summary: 'Lift the holds that match, so that the next run may take those rows',
        description: 'Names at least one thing: an empty filter never means all.',
        body: filter.meta({ minProperties: 1 }),
        response: { 200: z.object({ lifted: count }) },
      },
    },
    async (request) => liftHolds(contextOf(request), filterOf(request.body)),
  );
}

function filterOf(given: z.infer<typeof filter>) {
  const { collection = null, partition = null, id: rowId = null, run: runId = null } = given;
  return { collection, partition, rowId, runId };
}
