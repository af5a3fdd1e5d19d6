import { sql } from 'kysely';
import type { Db, Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { EntityResult, GraphResults, Membership } from '../../ports/graph-data.ts';
import type { PublishedGroup } from '../../ports/groups-together.ts';
import { storedGroup } from '../../stored-group.ts';
import { columnPages } from './columns.ts';
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

export async function* currentCommunities(
  db: Db,
  mapping: PostgresMapping,
  group: string,
): AsyncGenerator<readonly Membership[]> {
  const { results, versions } = resultTables(mapping);
  const from = sql`${versions} v join ${results} r using (group_id, version)`;
  const where = sql`group_id = ${storedGroup(mapping, group)}`;
  const id = sql`r.entity_id`;
  for await (const [entities = [], communities = []] of columnPages(db, {
    ...{ from, where, id, columns: [id, sql`r.community::text`] },
  })) {
    yield entities.map((entity, at) => ({ entity, community: Number(communities[at]) }));
  }
}

export function writeResults(
  tx: Tx,
  mapping: PostgresMapping,
  group: string,
  version: number,
  entities: readonly EntityResult[],
): Promise<void> {
  return insertResults(tx, mapping, [{ group, version, entities }]);
}

async function insertResults(
  tx: Tx,
  mapping: PostgresMapping,
  groups: readonly Pick<PublishedGroup, 'group' | 'version' | 'entities'>[],
): Promise<void> {
  const { results } = resultTables(mapping);
  const rows = groups.flatMap(({ entities }, at) => entities.map((one) => ({ ...one, at: at + 1 })));
  await sql`insert into ${results} (group_id, version, entity_id, community, centrality)
    select g.id, g.version, r.entity, r.community, r.centrality
    from unnest(${rows.map((row) => row.at)}::int8[], ${rows.map((row) => row.entity)}::text[],
        ${rows.map((row) => row.community)}::int8[], ${rows.map((row) => row.centrality)}::float8[])
        r (at, entity, community, centrality)
      join unnest(${groups.map(({ group }) => storedGroup(mapping, group))}::text[],
        ${groups.map(({ version }) => version)}::int8[]) with ordinality g (id, version, at) using (at)
    on conflict (group_id, version, entity_id) do update
      set community = excluded.community, centrality = excluded.centrality`.execute(tx);
}

export function publishResults(tx: Tx, mapping: PostgresMapping, group: string, results: GraphResults): Promise<void> {
  return publishVersions(tx, mapping, [{ ...results, group }]);
}

/** Written and published in one. */
export async function publishGroups(
  tx: Tx,
  mapping: PostgresMapping,
  published: readonly PublishedGroup[],
): Promise<void> {
  if (published.length === 0) return;
  await insertResults(tx, mapping, published);
  await publishVersions(tx, mapping, published);
}

async function publishVersions(
  tx: Tx,
  mapping: PostgresMapping,
  published: readonly (GraphResults & { readonly group: string })[],
): Promise<void> {
  const { results, versions } = resultTables(mapping);
  const rows = published.map(({ group, version, communities, hash, computedAt }) => {
    return { grp: storedGroup(mapping, group), version, communities, hash, computed_at: computedAt };
  });
  await sql`insert into ${versions} (group_id, version, communities, hash, computed_at)
    select p.* from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as p (grp text, version bigint, communities bigint, hash text, computed_at timestamptz)
    on conflict (group_id) do update set version = excluded.version, communities = excluded.communities,
      hash = excluded.hash, computed_at = excluded.computed_at`.execute(tx);
  await sql`delete from ${results} r
    using unnest(${rows.map((row) => row.grp)}::text[], ${rows.map((row) => row.version)}::int8[]) p (grp, version)
    where r.group_id = p.grp and r.version <> p.version`.execute(tx);
}
