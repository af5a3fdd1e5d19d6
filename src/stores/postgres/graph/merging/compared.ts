import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../../database/identifiers.ts';
import type { Db } from '../../../../database/schema.ts';
import { type MergeFields, typeFieldOf } from '../../../../domain/merging/merge-fields.ts';
import type { ComparedEntity, DescribedEntity } from '../../../ports/graph-merging.ts';
import { slices } from '../../../slices.ts';
import { storedGroup } from '../../../stored-group.ts';
import { instant } from '../item-columns.ts';
import type { PostgresMapping } from '../scope.ts';

/** A graph whose mapping names what merging reads. */
export interface MergedMapping extends PostgresMapping {
  readonly merging: MergeFields;
}

const entitiesAtOnce = 1_000;
const mostNeighbours = 20;

/** Entities of one group in the order of their ids. */
export async function* comparedEntities(
  db: Db,
  mapping: MergedMapping,
  group: string,
): AsyncGenerator<readonly ComparedEntity[]> {
  const stored = storedGroup(mapping, group);
  const degrees = await degreesOf(db, mapping, stored);
  const { entities } = mapping.place;
  const { vector, pinned } = mapping.merging.entities;
  const live =
    entities.deprecatedAt === null ? sql`true` : sql`${columnRef('e', entities.deprecatedAt.column)} is null`;
  const { rows } = await sql<{ id: string }>`select ${text('e', entities.id)} as id from ${tableRef(entities.table)} e
    where ${text('e', entities.group)} = ${stored} and ${live} order by 1`.execute(db);
  for (const some of slices(rows, entitiesAtOnce)) {
    const ids = some.map(({ id }) => id);
    const read = await sql<EntityRow & { vector: string | null; pinned: boolean }>`select ${entityColumns(mapping)},
        ${vector === null ? sql`null` : text('e', vector)} as vector,
        ${pinned === undefined ? sql`false` : sql`${columnRef('e', pinned)} is true`} as pinned
      from ${tableRef(entities.table)} e where ${isOf(mapping, stored, ids)} order by 1`.execute(db);
    yield read.rows.map(({ vector: written, pinned: isPinned, ...row }) => ({
      ...{ ...entityOf(row), isPinned },
      vector: vectorOf(written),
      degree: degrees.get(row.id) ?? 0,
    }));
  }
}

export async function describedEntities(
  db: Db,
  mapping: MergedMapping,
  group: string,
  ids: readonly string[],
): Promise<DescribedEntity[]> {
  const stored = storedGroup(mapping, group);
  const { entities, relations } = mapping.place;
  const across = (from: string, to: string) => sql`select ${text('r', to)} from ${tableRef(relations.table)} r
    where ${text('r', relations.group)} = ${stored} and ${text('r', from)} = ${text('e', entities.id)}`;
  const { source, target } = relations;
  const { rows } = await sql<EntityRow & { neighbours: string[] }>`select ${entityColumns(mapping)}, coalesce((
      select array_agg(n.name) from (select distinct ${text('o', mapping.merging.entities.name)} as name
        from ${tableRef(entities.table)} o where ${text('o', entities.group)} = ${stored}
          and ${text('o', entities.id)} in (${across(source, target)} union ${across(target, source)})
        order by 1 limit ${sql.lit(mostNeighbours)}) n
      where n.name is not null), '{}') as neighbours
    from ${tableRef(entities.table)} e where ${isOf(mapping, stored, ids)} order by 1`.execute(db);
  return rows.map(({ neighbours, ...row }) => ({ ...entityOf(row), neighbours }));
}

interface EntityRow {
  readonly id: string;
  readonly type: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly created: Date | null;
}

function entityColumns({ place, merging }: MergedMapping): RawBuilder<unknown> {
  const { name, description, properties } = merging.entities;
  const field = (column: string | null) => (column === null ? sql`null` : text('e', column));
  const others = (properties ?? []).map((column) => sql`${sql.lit(column)}::text, ${text('e', column)}`);
  return sql`${text('e', place.entities.id)} as id, ${field(typeFieldOf(merging.entities))} as type,
    ${field(name)} as name, ${field(description)} as description, ${instant('e', place.entities.createdAt)} as created,
    ${others.length === 0 ? sql`'{}'::jsonb` : sql`jsonb_build_object(${sql.join(others)})`} as properties`;
}

function entityOf({
  id,
  type,
  name,
  description,
  properties,
  created,
}: EntityRow): Omit<DescribedEntity, 'neighbours'> {
  const values = Object.entries(properties).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  return {
    ...{ id, type: type ?? '', name: name ?? '', text: description ?? '', createdAt: created },
    properties: Object.fromEntries(values),
  };
}

function isOf({ place: { entities } }: MergedMapping, stored: string, ids: readonly string[]): RawBuilder<boolean> {
  return sql`${text('e', entities.group)} = ${stored} and ${text('e', entities.id)} = any(${[...ids]}::text[])`;
}

/** As pgvector writes it, or an array of PostgreSQL's own. */
export function vectorOf(written: string | null): number[] | null {
  const numbers = (written ?? '')
    .replace(/^[[{]|[\]}]$/g, '')
    .split(',')
    .map((one) => (one === '' ? Number.NaN : Number(one)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** Mentions and relations of every entity, in one pass over each table. */
async function degreesOf(db: Db, { place }: MergedMapping, stored: string): Promise<Map<string, number>> {
  const { mentions, relations } = place;
  const [source, target] = [text('r', relations.source), text('r', relations.target)];
  const ofGroup = sql`from ${tableRef(relations.table)} r where ${text('r', relations.group)} = ${stored}`;
  const mentioned =
    mentions === null
      ? sql``
      : sql`union all select ${text('m', mentions.entity)} from ${tableRef(mentions.table)} m
          where ${text('m', mentions.group)} = ${stored}`;
  const { rows } = await sql<{ id: string; degree: number }>`select id, count(*)::int8 as degree from (
      select ${source} as id ${ofGroup}
      union all select ${target} ${ofGroup} and ${target} is distinct from ${source}
      ${mentioned}
    ) x group by id`.execute(db);
  return new Map(rows.map(({ id, degree }) => [id, degree]));
}

export function text(alias: string, column: string): RawBuilder<string> {
  return sql<string>`${columnRef(alias, column)}::text`;
}
