import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import type { GraphMapping, GraphTable } from '../../../domain/graph-mapping.ts';
import type { GroupTally } from '../../ports/graph-census.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import { instant, mentionKey } from './item-columns.ts';
import type { PostgresMapping } from './scope.ts';

const pageSize = 20_000;
const parts = ['documents', 'entities', 'mentions', 'relations', 'vectors'] as const;

export type TallyRow = { grp: string } & Record<(typeof parts)[number], number> & { digest: string };

/** One grouped scan of each table, a page of groups at a time. */
export async function* groupTallies(db: Db, mapping: PostgresMapping): AsyncGenerator<readonly GroupTally[]> {
  let last: string | null = null;
  for (;;) {
    const beyond: RawBuilder<boolean> = last === null ? sql`true` : sql`grp collate "C" > ${last}`;
    const { rows }: { rows: TallyRow[] } = await sql<TallyRow>`
      ${tallySql(tablesOf(mapping), beyond)} order by grp collate "C" limit ${sql.lit(pageSize)}`.execute(db);
    const known = rows.flatMap((row) => toTally(mapping, row));
    if (known.length > 0) yield known;
    last = rows.at(-1)?.grp ?? null;
    if (rows.length < pageSize) return;
  }
}

/** By group; all zero where there is nothing. */
export async function talliesOf(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
): Promise<ReadonlyMap<string, GroupTally>> {
  const stored = storedGroups(mapping, groups);
  const { rows } = await sql<TallyRow>`${tallySql(tablesOf(mapping), sql`grp = any(${stored}::text[])`)}`.execute(db);
  const none = (group: string): GroupTally => {
    return { group, documents: 0, entities: 0, mentions: 0, relations: 0, vectors: 0, digest: '' };
  };
  const tallies = new Map(groups.map((group) => [group, none(group)]));
  for (const tally of rows.flatMap((row) => toTally(mapping, row))) tallies.set(tally.group, tally);
  return tallies;
}

export async function unscopedRows(db: Db, mapping: PostgresMapping): Promise<number> {
  const counts = tablesOf(mapping).map(({ table }) => unscopedSql(mapping, table));
  const { rows } = await sql<{
    n: number;
  }>`select sum(n)::int8 as n from (${sql.join(counts, sql` union all `)}) c`.execute(db);
  return rows[0]?.n ?? 0;
}

export function unscopedSql({ emptyGroup }: GraphMapping, table: TalliedTable['table']): RawBuilder<unknown> {
  const group = columnRef('t', table.group);
  const none = emptyGroup === null ? sql`(${group} is null or ${group}::text = '')` : sql`${group} is null`;
  return sql`select count(*) as n from ${tableRef(table.table)} t where ${none}`;
}

function toTally(mapping: PostgresMapping, { grp, ...row }: TallyRow): GroupTally[] {
  const group = knownGroup(mapping, grp);
  return group === null ? [] : [{ group, ...row }];
}

export interface TalliedTable {
  readonly part: (typeof parts)[number];
  readonly table: Omit<GraphTable, 'id'>;
  readonly id: RawBuilder<unknown>;
}

function tablesOf({ place }: PostgresMapping): TalliedTable[] {
  const { documents, entities, mentions, relations, vectors } = place;
  return [
    { part: 'documents' as const, table: documents, id: ownId(documents) },
    { part: 'entities' as const, table: entities, id: ownId(entities) },
    ...(mentions === null ? [] : [{ part: 'mentions' as const, table: mentions, id: mentionKey('t', mentions) }]),
    { part: 'relations' as const, table: relations, id: ownId(relations) },
    ...(vectors === null ? [] : [{ part: 'vectors' as const, table: vectors, id: ownId(vectors) }]),
  ];
}

export function ownId({ id }: GraphTable): RawBuilder<unknown> {
  return sql`${columnRef('t', id)}::text`;
}

/** Rows of `TallyRow`, one for each group with anything in these tables. */
export function tallySql(tables: readonly TalliedTable[], where: RawBuilder<boolean>): RawBuilder<unknown> {
  const branches = tables.map(
    ({ part, table, id }) => sql`select ${columnRef('t', table.group)}::text as grp, ${sql.lit(part)}::text as part,
      hashtextextended(${id} || '|' || coalesce(extract(epoch from ${instant('t', table.deprecatedAt)})::text, ''), 0) as hash
      from ${tableRef(table.table)} t`,
  );
  const counts = parts.map((part) => sql`count(*) filter (where part = ${sql.lit(part)})::int8 as ${sql.id(part)}`);
  return sql`select grp, ${sql.join(counts)}, count(*) || ':' || bit_xor(hash) as digest
    from (${sql.join(branches, sql` union all `)}) all_rows
    where grp is not null and ${where} group by grp`;
}
