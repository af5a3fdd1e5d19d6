import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GraphEdges, GraphResults } from '../../ports/graph-data.ts';
import type { Memberships, WholeGroup } from '../../ports/groups-together.ts';
import { storedGroups } from '../../stored-group.ts';
import { liveRelation, relationWeight } from './read-graph.ts';
import { resultTables } from './results.ts';
import type { PostgresMapping } from './scope.ts';

const noEdges: GraphEdges = { sources: [], targets: [], weights: [] };
const noMembers: Memberships = { entities: [], communities: [] };

/** A row a group and a JSON array a column: what there is of rows does not matter then. */
export async function readGroups(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): Promise<ReadonlyMap<string, WholeGroup>> {
  const { entities, relations } = mapping.place;
  const stored = storedGroups(mapping, groups);
  const { results, versions } = resultTables(mapping);
  const text = (alias: string, column: string) => sql`${columnRef(alias, column)}::text`;
  const ids = await sql<{ grp: string; ids: string[] }>`
    select ${text('e', entities.group)} as grp, json_agg(${text('e', entities.id)}) as ids
    from ${tableRef(entities.table)} e where ${text('e', entities.group)} = any(${stored}::text[]) group by 1`.execute(
    db,
  );
  const edges = await sql<{ grp: string } & GraphEdges>`
    select ${text('r', relations.group)} as grp, json_agg(${text('r', relations.source)}) as sources,
      json_agg(${text('r', relations.target)}) as targets, json_agg(${relationWeight(mapping)}) as weights
    from ${tableRef(relations.table)} r
    where ${text('r', relations.group)} = any(${stored}::text[]) and ${liveRelation(mapping)} group by 1`.execute(db);
  const standing = await sql<{ grp: string; members: Memberships | null } & GraphResults>`
    select v.group_id as grp, v.version::int8 as version, v.communities::int8 as communities, v.hash,
      v.computed_at as "computedAt", m.members
    from ${versions} v left join lateral (
      select json_build_object('entities', json_agg(r.entity_id), 'communities', json_agg(r.community)) as members
      from ${results} r where r.group_id = v.group_id and r.version = v.version having count(*) > 0
    ) m on true where v.group_id = any(${stored}::text[])`.execute(db);
  const [idsOf, edgesOf, standingOf] = [byGroup(ids.rows), byGroup(edges.rows), byGroup(standing.rows)];
  return new Map(
    groups.map((group, at) => {
      const key = stored[at] ?? '';
      const found = standingOf.get(key);
      const whole = {
        entities: idsOf.get(key)?.ids ?? [],
        edges: edgesOf.get(key) ?? noEdges,
        results: found ?? null,
        communities: found?.members ?? noMembers,
      };
      return [group, whole];
    }),
  );
}

function byGroup<T extends { readonly grp: string }>(rows: readonly T[]): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [row.grp, row]));
}
