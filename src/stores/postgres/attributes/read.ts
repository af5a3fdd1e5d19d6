import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { isAnswered } from '../../../state/proposals/answered.ts';
import type {
  ApplyTerms,
  DueProposals,
  EntityCount,
  Profile,
  ProfileFilter,
  ProfileKey,
  ProfileName,
  ProfileTerms,
  ProposalItem,
} from '../../ports/attribute-table.ts';
import { textOf } from '../fields.ts';
import { itemsTable } from '../items.ts';
import { isCounted } from '../scope.ts';
import { isLine, isUnreadable, isWanted, lineOrder, linesOf, profilesOf, subjectSql } from './lines.ts';

const entitiesPerPage = 1_000;
const profilesPerPage = 200;

export async function* countEntities(tx: Tx, mapping: CollectionMapping): AsyncGenerator<readonly EntityCount[]> {
  const entity = textOf('d', mapping.partition);
  const { rows } = await sql<EntityCount>`
    select entity, count(*)::int8 as rows, count(*) filter (where unreadable)::int8 as unreadable
    from (select ${entity} as entity, ${isUnreadable(mapping)} as unreadable
      from ${tableRef(mapping.table)} d where ${isCounted(mapping)}) r
    group by entity order by entity collate "C" nulls first`.execute(tx);
  for (let at = 0; at < rows.length; at += entitiesPerPage) yield rows.slice(at, at + entitiesPerPage);
}

export async function unansweredProfiles(
  db: Db,
  mapping: CollectionMapping,
  terms: ProfileTerms,
  limit: number,
): Promise<ProfileKey[]> {
  const asked = { partition: sql`p.entity`, subject: subjectSql, data: sql`p.data` };
  const { rows } = await sql<ProfileKey>`
    select entity, type, bot, lines, data from (${profilesOf(linesOf(mapping, isWanted(mapping, terms)))}) p
    where not ${isAnswered(mapping.name, terms, asked)}
    order by written nulls first, entity collate "C", type, bot limit ${limit}`.execute(db);
  return rows;
}

export async function countLeftOut(db: Db, mapping: CollectionMapping, filter: ProfileFilter): Promise<number> {
  const { rows } = await sql<{ lines: number }>`select count(*)::int8 as lines from ${tableRef(mapping.table)} d
    where ${isLine(mapping)} and not ${isWanted(mapping, { ...filter, entities: null })}`.execute(db);
  return rows[0]?.lines ?? 0;
}

interface LineRow extends ProfileName {
  readonly id: string;
  readonly category: string;
  readonly key: string;
  readonly value: string;
  readonly updated: Date | null;
}

export async function* allProfiles(
  db: Db,
  mapping: CollectionMapping,
  filter: ProfileFilter,
): AsyncGenerator<readonly Profile[]> {
  for (let after: string | null = null; ; ) {
    const beyond: RawBuilder<unknown> = after === null ? sql`true` : sql`entity > ${after}::text collate "C"`;
    const { rows }: { rows: { entity: string }[] } = await sql<{ entity: string }>`
      select distinct entity collate "C" as entity from (${linesOf(mapping, isWanted(mapping, filter))}) l
      where ${beyond} order by 1 limit ${sql.lit(profilesPerPage)}`.execute(db);
    const entities = rows.map(({ entity }) => entity);
    if (entities.length === 0) return;
    yield await profilesWhere(db, mapping, isWanted(mapping, { ...filter, entities }));
    after = entities.at(-1) ?? null;
  }
}

export async function readProfiles(
  db: Db,
  mapping: CollectionMapping,
  names: readonly ProfileName[],
): Promise<Profile[]> {
  if (names.length === 0) return [];
  const nameOf = ({ entity, type, bot }: ProfileName) => JSON.stringify([entity, type, bot]);
  const place = new Map(names.map((name, at) => [nameOf(name), at]));
  const entities = [...new Set(names.map(({ entity }) => entity))];
  const found = await profilesWhere(db, mapping, isWanted(mapping, { entities, type: null, bot: null }));
  // In the order in which they were asked for: the one that waited longest comes first.
  return found
    .filter((profile) => place.has(nameOf(profile)))
    .sort((a, b) => (place.get(nameOf(a)) ?? 0) - (place.get(nameOf(b)) ?? 0));
}

async function profilesWhere(db: Db, mapping: CollectionMapping, condition: RawBuilder<boolean>): Promise<Profile[]> {
  const { rows } = await sql<LineRow & Pick<ProfileKey, 'data'>>`
    with lines as materialized (${linesOf(mapping, condition)}),
    profiles as (${profilesOf(sql`select * from lines`)})
    select l.*, p.data from lines l join profiles p using (entity, type, bot)
    order by entity collate "C", type, bot, ${lineOrder}`.execute(db);
  const groups = Map.groupBy(rows, ({ entity, type, bot }) => JSON.stringify([entity, type, bot]));
  return [...groups.values()].flatMap((lines) => {
    const [first] = lines;
    if (first === undefined) return [];
    const { entity, type, bot, data } = first;
    const attributes = lines.map(({ id, category, key, value, updated }) => ({
      ...{ id, category, key, value, updatedAt: updated },
    }));
    return [{ entity, type, bot, data, lines: lines.length, attributes }];
  });
}

export async function dueByEntity(
  tx: Tx,
  mapping: CollectionMapping,
  terms: ApplyTerms,
): Promise<ReadonlyMap<string, DueProposals>> {
  const { rows } = await sql<DueProposals & { entity: string }>`
    with wanted as materialized (${applicable(mapping, terms)})
    select p.entity, sum(w.due)::int8 as lines, count(*)::int8 as profiles,
      md5(string_agg(w.question || w.subject || w.id, ',' order by w.subject)) as digest
    from (${profilesOf(linesOf(mapping, isWanted(mapping, terms)))}) p
      join wanted w on w.partition = p.entity and w.subject = ${subjectSql} and w.question = p.data || ${`:${terms.terms}`}::text
    group by p.entity`.execute(tx);
  return new Map(rows.map(({ entity, ...due }) => [entity, due]));
}

/** Proposals that a run may apply, whether or not they still fit. */
function applicable({ name }: CollectionMapping, terms: ApplyTerms): RawBuilder<unknown> {
  const { job, states, approvedRunNo, entities, type, bot } = terms;
  const approved =
    approvedRunNo === null
      ? sql`true`
      : sql`q.id::text in (select id from ${sql.id('coppice', `items_${approvedRunNo}_${name}`)})`;
  return sql`select q.* from coppice.proposals q
    where q.job = ${job} and q.collection = ${name} and q.state = any(${[...states]}::text[]) and q.due > 0 and ${approved}
      and (${entities === null ? null : [...entities]}::text[] is null or q.partition = any(${entities === null ? null : [...entities]}::text[]))
      and (${type}::text is null or q.subject::jsonb ->> 0 = ${type}::text)
      and (${bot}::text is null or q.subject::jsonb ->> 1 = ${bot}::text)`;
}

/**
 * An item of the run is a proposal, under its id. A proposal that does not fit any more is found when it is applied.
 */
export async function collectProposals(
  tx: Tx,
  mapping: CollectionMapping,
  terms: ApplyTerms,
  runNo: number,
): Promise<void> {
  const items = itemsTable(runNo, mapping);
  await sql`create table ${items} as
    select row_number() over (order by p.no, a.id) as place, p.no as part, a.id::text as id
    from (${applicable(mapping, terms)}) a
      join coppice.run_partitions p on p.run_no = ${sql.lit(runNo)} and p.collection = ${sql.lit(mapping.name)}
        and p.partition = a.partition
    where a.question like ${`%:${terms.terms}`}`.execute(tx);
  await sql`create index on ${items} (part, place)`.execute(tx);
}

export async function proposalItems(
  db: Db,
  mapping: CollectionMapping,
  runNo: number,
  partNos: readonly number[],
): Promise<ProposalItem[]> {
  const { rows } = await sql<ProposalItem>`
    select id, part as "partNo" from ${itemsTable(runNo, mapping)} i
    where i.part = any(${[...partNos]}::int[]) order by i.part, i.place`.execute(db);
  return rows;
}
