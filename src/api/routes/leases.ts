import { z } from 'zod';
import { breakLease, showLeases } from '../../operations/runs/leases.ts';
import { id } from '../schemas/common.ts';
import { lease } from '../schemas/state.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['leases'];
const body = z
  .strictObject({ force: z.boolean().optional().describe('Also while the holder may still work.') })
  .nullish();

export function leaseRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/leases',
    {
      config: { scope: 'read', joined: true, whole: true },
      schema: { tags, summary: 'Leases that are held now', response: { 200: z.object({ leases: z.array(lease) }) } },
    },
    async (request) => wire({ leases: await showLeases(contextOf(request), null) }),
  );
  app.post(
    '/leases/:lease/break',
    {
      config: { scope: 'admin', whole: true },
      schema: {
        tags,
        summary: 'Take the lease from its holder, whose next batch then cannot commit',
        params: z.strictObject({ lease: id.describe('The name of the lease: a job.') }),
        body,
        response: { 200: lease },
      },
    },
    async (request) => wire(await breakLease(contextOf(request), request.params.lease, request.body?.force === true)),
  );
}
