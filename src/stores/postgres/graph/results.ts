import { sql } from 'kysely';
import type { Db, Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { GraphResults, GroupMembers, NewResults, Published } from '../../ports/graph-compute.ts';
import { knownGroup, storedGroup, storedGroups } from '../../stored-group.ts';
import { columnPages } from './columns.ts';
import { isInGroups, type PostgresMapping } from './scope.ts';

/**
 * Tables that a recompute writes: results by version, and the version that readers see. The view joins the two, so that
 * a reader always sees one whole version.
 */
function resultTables(mapping: PostgresMapping) {
  const names = resultNames(mapping);
  const at = ({ schema, name }: TableName) => sql.id(schema, name);
  return { results: at(names.results), versions: at(names.versions), view: at(names.view) };
}

export function resultNames({ name, place }: Pick<PostgresMapping, 'name' | 'place'>) {
  const at = (suffix: string): TableName => ({ schema: place.resultSchema, name: `${name}_${suffix}` });
  return { results: at('results'), versions: at('versions'), view: at('communities') };
}

export async function ensureResultTables(tx: Tx, mapping: PostgresMapping): Promise<void> {
  const { results, versions, view } = resultTables(mapping);
  await sql`create table if not exists ${results} (
    group_id text not null, version bigint not null, entity_id text not null,
    community bigint not null, centrality double precision not null,
    primary key (group_id, version, entity_id)
  )`.execute(tx);
  await sql`create table if not exists ${versions} (
    group_id text primary key, version bigint not null, communities bigint not null, hash text not null,
    computed_at timestamptz not null
  )`.execute(tx);
  await sql`create or replace view ${view} as
    select r.group_id, r.entity_id, r.community, r.centrality, v.version, v.computed_at
    from ${versions} v join ${results} r using (group_id, version)`.execute(tx);
}

export async function currentResults(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): Promise<ReadonlyMap<string, GraphResults>> {
  const { versions } = resultTables(mapping);
  const { rows } = await sql<GraphResults & { grp: string }>`
    select group_id as grp, version::int8 as version, communities::int8 as communities, hash, computed_at as "computedAt"
    from ${versions} where ${isInGroups(sql`group_id`, storedGroups(mapping, groups))}`.execute(db);
  return new Map(rows.map(({ grp, ...results }) => [knownGroup(mapping, grp) ?? '', results]));
}

export async function* currentCommunities(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): AsyncGenerator<readonly GroupMembers[]> {
  const { results, versions } = resultTables(mapping);
  const id = sql`r.entity_id`;
  const pages = columnPages(db, {
    from: sql`${versions} v join ${results} r using (group_id, version)`,
    ...{ group: sql`v.group_id`, groups: storedGroups(mapping, groups), where: sql`true` },
    ...{ id, columns: [id, sql`r.community::text`] },
  });
  for await (const page of pages) {
    yield page.map(({ group, columns: [entities = [], communities = []] }) => {
      return { group: knownGroup(mapping, group) ?? '', entities, communities: communities.map(Number) };
    });
  }
}

export async function writeResults(tx: Tx, mapping: PostgresMapping, written: readonly NewResults[]): Promise<void> {
  const { results } = resultTables(mapping);
  const rows = written.flatMap(({ entities }, at) => entities.map((one) => ({ ...one, at: at + 1 })));
  await sql`insert into ${results} (group_id, version, entity_id, community, centrality)
    select g.id, g.version, r.entity, r.community, r.centrality
    from unnest(${rows.map((row) => row.at)}::int8[], ${rows.map((row) => row.entity)}::text[],
        ${rows.map((row) => row.community)}::int8[], ${rows.map((row) => row.centrality)}::float8[])
        r (at, entity, community, centrality)
      join unnest(${written.map(({ fence }) => storedGroup(mapping, fence.group))}::text[],
        ${written.map(({ version }) => version)}::int8[]) with ordinality g (id, version, at) using (at)
    on conflict (group_id, version, entity_id) do update
      set community = excluded.community, centrality = excluded.centrality`.execute(tx);
}

export async function publishResults(tx: Tx, mapping: PostgresMapping, published: readonly Published[]): Promise<void> {
  const { results, versions } = resultTables(mapping);
  const rows = published.map(({ fence, results: { version, communities, hash, computedAt } }) => {
    return { grp: storedGroup(mapping, fence.group), version, communities, hash, computed_at: computedAt };
  });
  await sql`insert into ${versions} (group_id, version, communities, hash, computed_at)
    select p.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as p (grp text, version bigint, communities bigint, hash text, computed_at timestamptz)
    on conflict (group_id) do update set version = excluded.version, communities = excluded.communities,
      hash = excluded.hash, computed_at = excluded.computed_at`.execute(tx);
  // Group by group: as one join, the planner reads the results of all groups for those of a few.
  await sql`delete from ${results} where ctid = any(array(
    select old.ctid
    from unnest(${rows.map((row) => row.grp)}::text[], ${rows.map((row) => row.version)}::int8[]) p (grp, version)
      cross join lateral (
        select ctid from ${results} r where r.group_id = p.grp and r.version <> p.version offset 0
      ) old
  ))`.execute(tx);
}
