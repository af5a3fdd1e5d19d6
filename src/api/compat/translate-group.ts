import { isFinal, type RunJson } from '../../domain/run.ts';
import type { GroupDetailJson, GroupJson } from '../../operations/groups/groups.ts';
import type { Collected, GroupHealth, Recomputed } from './maintenance-schemas.ts';

/** Our words in those of a timer function. Pure. */

function ofRun(run: RunJson, group: GroupJson) {
  return {
    group_id: group.group_id,
    graph: group.graph,
    status: isFinal(run.status) ? ('completed' as const) : ('running' as const),
    run_id: run.run_id,
    duration_seconds: run.duration_ms === null ? null : run.duration_ms / 1000,
    gds_stale: group.gds_stale,
    needs_gds_recompute: group.needs_gds_recompute,
  };
}

export function toCollected(run: RunJson, group: GroupJson): Collected {
  const { deleted_entities = 0, deleted_edges = 0, deleted_vectors = 0 } = run.totals;
  return {
    ...ofRun(run, group),
    orphan_entities_cleaned: deleted_entities,
    stale_edges_cleaned: deleted_edges,
    deprecated_vectors_cleaned: deleted_vectors,
  };
}

export function toRecomputed(run: RunJson, group: GroupJson): Recomputed {
  const { communities, last_recompute_at } = group;
  return {
    ...ofRun(run, group),
    recomputed: (run.totals.recomputed_groups ?? 0) > 0,
    communities,
    last_recompute_at,
  };
}

/** As many failures one after the other make a group unhealthy; the alert's default is the same. */
const unhealthyAfter = 3;

export function toGroupHealth(group: GroupDetailJson): GroupHealth {
  const { consecutive_failures: failures } = group;
  const status = failures === 0 ? 'healthy' : failures < unhealthyAfter ? 'degraded' : 'unhealthy';
  const { group_id, graph, gds_stale, stale_since, needs_gds_recompute, last_collection_at, last_recompute_at } = group;
  const { documents, entities, relations, vectors, communities } = group;
  return {
    status,
    ...{ group_id, graph, gds_stale, stale_since, needs_gds_recompute, last_collection_at, last_recompute_at },
    consecutive_failures: failures,
    ...{ documents, entities, relations, vectors, communities },
  };
}
