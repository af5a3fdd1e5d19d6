import { sql } from 'kysely';
import type { TableName } from '../../../domain/mapping.ts';
import type { Db, Tx } from '../../../state/schema.ts';
import type { EntityResult, GraphResults, Membership } from '../../ports/graph-store.ts';
import { storedGroup } from '../../stored-group.ts';
import type { PostgresMapping } from './scope.ts';

/**
 * What a recompute writes: results by version, and which version readers see. The view joins the two, so that a reader
 * sees the old or the new, whenever it looks.
 */
export function resultTables(mapping: PostgresMapping) {
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

export async function currentResults(db: Db, mapping: PostgresMapping, group: string): Promise<GraphResults | null> {
  const { versions } = resultTables(mapping);
  const { rows } = await sql<GraphResults>`
    select version::int8 as version, communities::int8 as communities, hash, computed_at as "computedAt"
    from ${versions} where group_id = ${storedGroup(mapping, group)}`.execute(db);
  return rows[0] ?? null;
}

const pageSize = 10_000;

export async function* currentCommunities(
  db: Db,
  mapping: PostgresMapping,
  group: string,
): AsyncGenerator<readonly Membership[]> {
  const { results, versions } = resultTables(mapping);
  const stored = storedGroup(mapping, group);
  for (let after = ''; ; ) {
    const { rows } = await sql<Membership>`select r.entity_id as entity, r.community::int8 as community
      from ${versions} v join ${results} r using (group_id, version)
      where v.group_id = ${stored} and r.entity_id > ${after} order by r.entity_id limit ${sql.lit(pageSize)}`.execute(
      db,
    );
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    after = rows.at(-1)?.entity ?? '';
  }
}

export async function writeResults(
  tx: Tx,
  mapping: PostgresMapping,
  group: string,
  version: number,
  page: readonly EntityResult[],
): Promise<void> {
  const { results } = resultTables(mapping);
  await sql`insert into ${results} (group_id, version, entity_id, community, centrality)
    select ${storedGroup(mapping, group)}, ${version}, p.entity, p.community, p.centrality
    from jsonb_to_recordset(${JSON.stringify(page)}::jsonb)
      as p (entity text, community bigint, centrality double precision)
    on conflict (group_id, version, entity_id) do update
      set community = excluded.community, centrality = excluded.centrality`.execute(tx);
}

export async function publishResults(
  tx: Tx,
  mapping: PostgresMapping,
  group: string,
  { version, communities, hash, computedAt }: GraphResults,
): Promise<void> {
  const { results, versions } = resultTables(mapping);
  const stored = storedGroup(mapping, group);
  await sql`insert into ${versions} (group_id, version, communities, hash, computed_at)
    values (${stored}, ${version}, ${communities}, ${hash}, ${computedAt})
    on conflict (group_id) do update set version = excluded.version, communities = excluded.communities,
      hash = excluded.hash, computed_at = excluded.computed_at`.execute(tx);
  await sql`delete from ${results} where group_id = ${stored} and version <> ${version}`.execute(tx);
}
