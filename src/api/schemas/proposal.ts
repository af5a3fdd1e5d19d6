import { z } from 'zod';
import { proposalStates } from '../../domain/profiles/proposal.ts';
import type { ProposalDetailJson, ProposalPageJson } from '../../operations/data/proposals.ts';
import type { EntityPageJson } from '../../operations/runs/entity-results.ts';
import type { Mutable } from '../wire.ts';
import { count, instant, jobId } from './common.ts';

export const proposalState = z.enum(proposalStates).meta({ id: 'ProposalState' });

const proposal = z
  .object({
    id: z.string(),
    job: jobId,
    collection: z.string(),
    entity_id: z.string(),
    entity_type: z.string(),
    bot_id: z.string().nullable(),
    state: proposalState,
    due: count.describe('Lines that would disappear, or have disappeared.'),
    problem: z.string().nullable().describe('Why an answer cannot be used.'),
    model: z.string().nullable().describe('`null`: rules alone decided.'),
    prompt_version: z.string().nullable(),
    calls: count,
    tokens: count,
    created_at: instant,
    answered_at: instant.nullable(),
    decided_at: instant.nullable(),
    decided_by: z.string().nullable(),
  })
  .meta({ id: 'Proposal' });

const attribute = z.object({ category: z.string(), key: z.string(), value: z.string() });

export const proposalDetail = z
  .object({
    ...proposal.shape,
    lines: z
      .array(z.object({ line: count, ...attribute.shape }))
      .describe('The profile as it was shown; empty once the texts have expired.'),
    changes: z.array(
      z.object({
        decided_by: z.enum(['rules', 'model']),
        lines: z.array(count).describe('Lines that disappear.'),
        reason: z.string(),
        by: count.nullable().describe('The line that stays in their place.'),
        added: attribute.nullable(),
      }),
    ),
  })
  .meta({ id: 'ProposalDetail' }) satisfies z.ZodType<unknown, Mutable<ProposalDetailJson>>;

export const proposalPage = z
  .object({ proposals: z.array(proposal), next_cursor: z.string().nullable() })
  .meta({ id: 'ProposalPage' }) satisfies z.ZodType<unknown, Mutable<ProposalPageJson>>;

export const entityPage = z
  .object({
    entities: z.array(
      z.object({
        collection: z.string(),
        entity_id: z.string(),
        entity_type: z.string(),
        bot_id: z.string().nullable(),
        attributes_before: count,
        attributes_after: count,
        categories_updated: z.array(z.string()),
        error: z.string().nullable(),
      }),
    ),
    next_cursor: z.string().nullable(),
  })
  .meta({ id: 'EntityPage' }) satisfies z.ZodType<unknown, Mutable<EntityPageJson>>;
