import { z } from 'zod';
import { longestGroupId } from '../../domain/group-id.ts';
import type { DeprecationJson, GroupDetailJson, GroupJson, GroupPageJson } from '../../operations/groups/groups.ts';
import type { Mutable } from '../wire.ts';
import { count, id, instant, name } from './common.ts';

/** The part of the rule that a schema can state; `domain/group-id.ts` states the rest, in words. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those characters are what this is about.
const groupIdForm = /^[^*?%\u0000-\u001f\u007f-\u009f]+$/;

const groupId = z
  .string()
  .min(1)
  .max(longestGroupId)
  .regex(groupIdForm, 'must name one group, without wildcards (*, ? or %) and control characters')
  .describe('Id of the group. May hold slashes, quotes and any script.');

export const graphName = id.describe('Name of the graph; may be left out where there is one.');

/** Names one group: ids may hold what proxies and clients change in a path. */
export const groupRef = z.strictObject({ group_id: groupId, graph: graphName.optional() });

const state = {
  graph: z.string(),
  group_id: z.string(),
  gds_stale: z.boolean().describe('Whether something is to be collected or recomputed.'),
  needs_gds_recompute: z.boolean(),
};

export const group = z
  .object({
    ...state,
    key: z.string().describe('Stands for the group in parameters of runs, in alerts and, shortened, in metrics.'),
    stale_since: instant.nullable(),
    stale_reason: z.string().nullable(),
    items: count.describe('Entities, edges and vectors at the last look.'),
    communities: count.nullable(),
    last_collection_at: instant.nullable(),
    last_recompute_at: instant.nullable(),
    consecutive_failures: count.describe('Collections that were given up, one after the other.'),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'Group' }) satisfies z.ZodType<unknown, Mutable<GroupJson>>;

export const groupPage = z
  .object({ groups: z.array(group), next_cursor: z.string().nullable() })
  .meta({ id: 'GroupPage' }) satisfies z.ZodType<unknown, Mutable<GroupPageJson>>;

export const groupDetail = z
  .object({
    ...group.shape,
    documents: count,
    entities: count,
    mentions: count,
    relations: count,
    vectors: count,
    results: z
      .object({ version: count, communities: count, computed_at: instant })
      .nullable()
      .describe('The results that readers of the group see; `null` before the first recompute.'),
  })
  .meta({ id: 'GroupDetail' }) satisfies z.ZodType<unknown, Mutable<GroupDetailJson>>;

const mostDocuments = 1000;
export const documentIds = z.array(name).min(1).max(mostDocuments).describe('Documents of the group.');
export const maintain = z
  .boolean()
  .optional()
  .describe('Whether a maintenance run of the group follows, once nothing more comes for a while.');

export const deprecation = z
  .object({
    graph: z.string(),
    group_id: z.string(),
    deprecated_documents: count.describe('Those that were not deprecated before.'),
    deprecated_edges: count,
    deprecated_vectors: count,
    missing: z.array(z.string()).describe('Ids that the group does not have.'),
    gds_stale: z.literal(true),
    maintenance: z.enum(['follows', 'not asked for', 'was stale already']),
  })
  .meta({ id: 'Deprecation' }) satisfies z.ZodType<unknown, Mutable<DeprecationJson>>;
