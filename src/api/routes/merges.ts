import { z } from 'zod';
import { mergeStates } from '../../domain/merging/merge-state.ts';
import {
  decideOnMerge,
  listMerges,
  type MergeDecision,
  mergeCursorForm,
  showMerge,
} from '../../operations/groups/merges.ts';
import { id, name } from '../schemas/common.ts';
import { mergeDetail, mergePage } from '../schemas/merge.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['merges'];
const params = z.strictObject({ merge: id.describe('The id of a pair.') });
const listQuery = z.strictObject({
  graph: id.optional(),
  group_id: name.optional(),
  status: z.enum(mergeStates).optional().describe('`review`: pairs that wait for a person.'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z
    .string()
    .regex(mergeCursorForm, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});

const decisions: readonly (readonly [MergeDecision, string])[] = [
  [
    'accept',
    'Accept it: the next run of `deduplicate-facts` merges the two, unless the merge is larger than the limits of the job',
  ],
  ['never', 'Keep the two apart from now on'],
  ['split', 'Take a merge apart: the next run of `deduplicate-facts` does it, and the two are kept apart'],
];

export function mergeRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/merges',
    {
      config: { scope: 'read', joined: true },
      schema: {
        tags,
        summary: 'Pairs of entities that were found to be one, the latest first',
        querystring: listQuery,
        response: { 200: mergePage },
      },
    },
    async (request) => {
      const { graph = null, group_id: group = null, status: state = null, limit, cursor = null } = request.query;
      return wire(await listMerges(contextOf(request), { graph, group, state, limit, cursor }));
    },
  );
  app.get(
    '/merges/:merge',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'One pair: both entities as they are now, and what a merge changed',
        params,
        response: { 200: mergeDetail },
      },
    },
    async (request) => wire(await showMerge(contextOf(request), request.params.merge)),
  );
  for (const [decision, summary] of decisions) {
    app.post(
      `/merges/:merge/${decision}`,
      { config: { scope: 'admin' }, schema: { tags, summary, params, response: { 200: mergeDetail } } },
      async (request) => wire(await decideOnMerge(contextOf(request), request.params.merge, decision)),
    );
  }
}
