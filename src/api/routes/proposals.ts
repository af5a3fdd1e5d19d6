import { z } from 'zod';
import {
  type Decision,
  decide,
  listProposals,
  proposalCursorForm,
  showProposal,
} from '../../operations/data/proposals.ts';
import { entityCursorForm, listEntityResults } from '../../operations/runs/entity-results.ts';
import { id, name, runParams } from '../schemas/common.ts';
import { entityPage, proposalDetail, proposalPage, proposalState } from '../schemas/proposal.ts';
import type { Api, Services } from '../types.ts';
import { wire } from '../wire.ts';

const tags = ['proposals'];
const params = z.strictObject({ proposal: id.describe('The id of a proposal.') });
const limit = z.coerce.number().int().min(1).max(200).default(50);
const listQuery = z.strictObject({
  job: id.optional(),
  collection: id.optional(),
  entity_id: name.optional(),
  state: proposalState.optional(),
  limit,
  cursor: z
    .string()
    .regex(proposalCursorForm, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});
const entityQuery = z.strictObject({
  limit,
  cursor: z
    .string()
    .regex(entityCursorForm, 'must be a cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before.'),
});

const decisions: readonly (readonly [Decision, string])[] = [
  ['accept', 'Accept it: the next run applies it where the data is as it was shown'],
  ['reject', 'Reject it: no run applies it; the same question is asked again once the data changes'],
  ['never', 'Leave the profile, or the memories together, alone from now on: nothing is asked or changed there'],
];

export function proposalRoutes(app: Api, { contextOf }: Services): void {
  app.get(
    '/proposals',
    {
      config: { scope: 'read', joined: true },
      schema: {
        tags,
        summary: 'Proposals without their texts, the latest first',
        querystring: listQuery,
        response: { 200: proposalPage },
      },
    },
    async (request) => {
      const { job = null, collection = null, entity_id: entity = null, state = null, cursor = null } = request.query;
      const query = { job, collection, entity, state, limit: request.query.limit, cursor };
      return wire(await listProposals(contextOf(request), query));
    },
  );
  app.get(
    '/proposals/:proposal',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'One proposal as a diff of the lines that it changes',
        params,
        response: { 200: proposalDetail },
      },
    },
    async (request) => wire(await showProposal(contextOf(request), request.params.proposal)),
  );
  for (const [decision, summary] of decisions) {
    app.post(
      `/proposals/:proposal/${decision}`,
      { config: { scope: 'admin' }, schema: { tags, summary, params, response: { 200: proposalDetail } } },
      async (request) => wire(await decide(contextOf(request), request.params.proposal, decision)),
    );
  }
  app.get(
    '/runs/:run/entities',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        summary: 'The result of a run for each profile, in the order of the entities',
        params: runParams,
        querystring: entityQuery,
        response: { 200: entityPage },
      },
    },
    async (request) => {
      const { limit: most, cursor = null } = request.query;
      return wire(await listEntityResults(contextOf(request), request.params.run, { limit: most, cursor }));
    },
  );
}
