import { z } from 'zod';
import { count, instant } from '../schemas/common.ts';
import { group } from '../schemas/group.ts';

/** Wire names are those of the timer functions that teams come from. */

export const staleGroups = z
  .object({
    groups: z.array(group),
    truncated: z
      .boolean()
      .describe('Whether groups that no run has registered yet are left out, since their graph did not answer.'),
  })
  .meta({ id: 'StaleGroups' });

const ofRun = {
  group_id: z.string(),
  graph: z.string(),
  status: z.enum(['completed', 'running']).describe('`running`: the time to wait was over; see `Location`.'),
  run_id: z.string(),
  duration_seconds: z.number().min(0).nullable(),
  gds_stale: z.boolean().describe('Whether something is still to be collected (its grace is not over) or recomputed.'),
  needs_gds_recompute: z.boolean(),
};

export const collected = z
  .object({
    ...ofRun,
    orphan_entities_cleaned: count,
    stale_edges_cleaned: count.describe('Relations and mentions.'),
    deprecated_vectors_cleaned: count,
  })
  .meta({ id: 'CollectedGroup' });

export const recomputed = z
  .object({
    ...ofRun,
    recomputed: z.boolean().describe('`false` as well where the graph was that of the results that stand.'),
    communities: count.nullable(),
    last_recompute_at: instant.nullable(),
  })
  .meta({ id: 'RecomputedGroup' });

export const groupHealth = z
  .object({
    status: z
      .enum(['healthy', 'degraded', 'unhealthy'])
      .describe('`degraded`: the last collection failed. `unhealthy`: three or more did, one after the other.'),
    group_id: z.string(),
    graph: z.string(),
    gds_stale: z.boolean(),
    stale_since: instant.nullable(),
    needs_gds_recompute: z.boolean(),
    last_collection_at: instant.nullable(),
    last_recompute_at: instant.nullable(),
    consecutive_failures: count,
    documents: count,
    entities: count,
    relations: count,
    vectors: count,
    communities: count.nullable(),
  })
  .meta({ id: 'GroupHealth' });

export type Collected = z.infer<typeof collected>;
export type Recomputed = z.infer<typeof recomputed>;
export type GroupHealth = z.infer<typeof groupHealth>;
