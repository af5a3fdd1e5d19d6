import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { type Collector, type CollectRule, graceLimit, type StaleReason } from '../../../domain/collectors.ts';
import type { GraphItem, StaleItem } from '../../../domain/graph-item.ts';
import type { GraphTable } from '../../../domain/graph-mapping.ts';
import type { TimeField } from '../../../domain/mapping.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import { readInstant, rememberedDate, writtenOf } from '../fields.ts';
import { groupsOf, isAmong, type PostgresMapping, type StoredItem } from './scope.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** What the stale of is asked: everything, or some items. */
interface Scope {
  readonly mapping: PostgresMapping;
  readonly rule: CollectRule;
  /** As the tables have them. */
  readonly groups: readonly string[];
  readonly only: readonly StoredItem[] | null;
}

interface StaleRow {
  grp: string;
  kind: StaleItem['kind'];
  id: string;
  reason: StaleReason;
  since: Date | null;
  due: boolean;
  dates: string;
}

/** Ids and dates only; every page is a scan of its groups, so that pages are large. */
const pageSize = 50_000;

/** The rules of `domain/collectors.ts` over the tables, a page at a time in the order of group, kind and id. */
export async function* staleItems(
  db: Db,
  mapping: PostgresMapping,
  groups: readonly string[],
  rule: CollectRule,
): AsyncGenerator<readonly StaleItem[]> {
  const scope = { mapping, rule, groups: storedGroups(mapping, groups), only: null };
  let last: StaleRow | null = null;
  for (;;) {
    const beyond: Sql<boolean> =
      last === null ? sql`true` : sql`(s.grp, s.kind, s.id) > (${last.grp}, ${last.kind}, ${last.id})`;
    const { rows }: { rows: StaleRow[] } = await sql<StaleRow>`
      select s.* from (${staleSql(scope)}) s where ${beyond}
      order by s.grp, s.kind, s.id limit ${sql.lit(pageSize)}`.execute(db);
    if (rows.length > 0) yield rows.map((row) => toItem(mapping, row));
    last = rows.at(-1) ?? null;
    if (rows.length < pageSize) return;
  }
}

function toItem(mapping: PostgresMapping, { grp, ...row }: StaleRow): StaleItem {
  return { ...row, group: knownGroup(mapping, grp) ?? '' };
}

/** Those of the items that are due now, as rows of `stored`, `kind` and `id`. */
export function dueSql(mapping: PostgresMapping, rule: CollectRule, only: readonly StoredItem[]): Sql {
  return sql`select s.grp as stored, s.kind, s.id
    from (${staleSql({ mapping, rule, groups: groupsOf(only), only })}) s where s.due`;
}

/** Rows of `StaleRow`. Names compare by their bytes, as keyset pages need them to. */
function staleSql(scope: Scope): Sql {
  const asked = (collector: Collector) => scope.rule.collectors.includes(collector);
  const { mentions, vectors } = scope.mapping.place;
  const branches = [
    ...(asked('stale-edges') ? [staleRelations(scope), ...(mentions === null ? [] : [staleMentions(scope)])] : []),
    ...(asked('orphan-entities') ? [orphanEntities(scope)] : []),
    ...(asked('deprecated-vectors') && vectors !== null ? [staleVectors(scope)] : []),
  ];
  const due = sql`(x.since is null or x.since <= ${graceLimit(scope.rule)})`;
  return sql`select x.grp collate "C" as grp, x.kind collate "C" as kind, x.id collate "C" as id, x.reason, x.since,
      ${due} as due, x.dates
    from (${sql.join(branches.length === 0 ? [nothing] : branches, sql` union all `)}) x`;
}

/** Of a graph without vectors, where they alone are asked for. */
const nothing = sql`select null::text as grp, null::text as kind, null::text as id, null::text as reason,
  null::timestamptz as since, null::text as dates where false`;

function staleRelations(scope: Scope): Sql {
  const { relations } = scope.mapping.place;
  const id = sql`${columnRef('r', relations.id)}::text`;
  return edgeRows(scope, { ...relationSource(scope), kind: 'relation', table: relations, id });
}

function staleMentions(scope: Scope): Sql {
  const { mentions } = scope.mapping.place;
  if (mentions === null) throw new Error('the graph has no mentions');
  return edgeRows(scope, { ...mentionSource(scope), kind: 'mention', table: mentions, id: mentionKey('r', mentions) });
}

/** JSON of document and entity, exactly as `mentionId` writes it: without white space. */
export function mentionKey(alias: string, { document, entity }: { document: string; entity: string }): Sql<string> {
  const [left, right] = [document, entity].map((column) => sql`to_json(${columnRef(alias, column)}::text)::text`);
  return sql`('[' || ${left} || ',' || ${right} || ']')`;
}

interface EdgeSource {
  readonly from: Sql;
  readonly endsStand: Sql<boolean>;
  readonly document: Sql | null;
}

interface EdgeKind extends EdgeSource {
  readonly kind: GraphItem['kind'];
  readonly table: Omit<GraphTable, 'id'>;
  readonly id: Sql;
}

function edgeRows(scope: Scope, edge: EdgeKind): Sql {
  const { stale, reason, since } = judgedEdge(scope, edge);
  return sql`select ${groupText('r', edge.table)} as grp, ${sql.lit(edge.kind)}::text as kind, ${edge.id} as id,
      ${reason} as reason, ${since} as since, ${datesText('r', edge.table)} as dates
    from ${edge.from} where ${inGroups('r', edge.table, scope)} and ${onlyThese(scope, edge.kind, groupText('r', edge.table), edge.id)} and ${stale}`;
}

function relationSource(scope: Scope): EdgeSource {
  const { relations, entities } = scope.mapping.place;
  const end = (column: string) => sql`exists (select from ${tableRef(entities.table)} e
    where ${sameGroup('e', entities, 'r', relations)} and ${sameText('e', entities.id, 'r', column)})`;
  return {
    from: sql`${tableRef(relations.table)} r ${joinDocument(scope, relations, relations.document)}`,
    endsStand: sql`(${end(relations.source)} and ${end(relations.target)})`,
    document: relations.document === null ? null : columnRef('r', relations.document),
  };
}

function mentionSource(scope: Scope): EdgeSource {
  const { mentions, entities } = scope.mapping.place;
  if (mentions === null) throw new Error('the graph has no mentions');
  return {
    from: sql`${tableRef(mentions.table)} r ${joinDocument(scope, mentions, mentions.document)}`,
    endsStand: sql`exists (select from ${tableRef(entities.table)} e
      where ${sameGroup('e', entities, 'r', mentions)} and ${sameText('e', entities.id, 'r', mentions.entity)})`,
    document: columnRef('r', mentions.document),
  };
}

/** What `staleEdge` says of row `r` with its document `d`. */
function judgedEdge(scope: Scope, edge: Pick<EdgeKind, 'table' | 'endsStand' | 'document'>) {
  const { cutoff } = scope.rule;
  const { documents } = scope.mapping.place;
  const created = instant('r', edge.table.createdAt);
  const ownDate = instant('r', edge.table.deprecatedAt);
  const own = sql`coalesce(${ownDate} <= ${cutoff}, false)`;
  const documentGone =
    edge.document === null ? sql`false` : sql`(${edge.document} is not null and ${noDocument(scope)})`;
  const documentDate = edge.document === null ? sql`null::timestamptz` : instant('d', documents.deprecatedAt);
  const documentDeprecated = sql`coalesce(${documentDate} <= ${cutoff}, false)`;
  return {
    stale: sql<boolean>`(${own} or not ${edge.endsStand} or ${documentGone} or ${documentDeprecated})`,
    reason: sql<string>`case when ${own} then 'deprecated' when not ${edge.endsStand} then 'end_gone'
      when ${documentGone} then 'document_gone' else 'document_deprecated' end`,
    since: sql<Date | null>`case when ${own} then ${ownDate} when not ${edge.endsStand} or ${documentGone} then ${created}
      else ${documentDate} end`,
  };
}

/** An entity without edges; with `stale-edges`, also one whose edges are all due. */
function orphanEntities(scope: Scope): Sql {
  const { entities } = scope.mapping.place;
  const id = sql`${columnRef('e', entities.id)}::text`;
  const withEdges = scope.rule.collectors.includes('stale-edges')
    ? sql`x.entity is null or x.all_due`
    : sql`x.entity is null`;
  return sql`select ${groupText('e', entities)} as grp, 'entity' as kind, ${id} as id, 'orphaned' as reason,
      greatest(${instant('e', entities.createdAt)}, x.since) as since, ${datesText('e', entities)} as dates
    from ${tableRef(entities.table)} e left join (
      select grp, entity, bool_and(due) as all_due, max(since) as since from (${edgesByEntity(scope)}) one group by grp, entity
    ) x on x.grp = ${groupText('e', entities)} and x.entity = ${id}
    where ${inGroups('e', entities, scope)} and ${onlyThese(scope, 'entity', groupText('e', entities), id)} and (${withEdges})`;
}

/** Every edge once for each of its ends, with what is said of it. */
function edgesByEntity(scope: Scope): Sql {
  const { relations, mentions } = scope.mapping.place;
  const limit = graceLimit(scope.rule);
  const rows = (edge: EdgeSource & { readonly table: Omit<GraphTable, 'id'> }, end: string) => {
    const { stale, since } = judgedEdge(scope, edge);
    const entity = sql`${columnRef('r', end)}::text`;
    return sql`select ${groupText('r', edge.table)} as grp, ${entity} as entity,
        ${stale} and coalesce(${since} <= ${limit}, true) as due, case when ${stale} then ${since} end as since
      from ${edge.from} where ${inGroups('r', edge.table, scope)} and ${onlyThese(scope, 'entity', groupText('r', edge.table), entity)}`;
  };
  const relation = { ...relationSource(scope), table: relations };
  return sql.join(
    [
      rows(relation, relations.source),
      rows(relation, relations.target),
      ...(mentions === null ? [] : [rows({ ...mentionSource(scope), table: mentions }, mentions.entity)]),
    ],
    sql` union all `,
  );
}

function staleVectors(scope: Scope): Sql {
  const { vectors, entities } = scope.mapping.place;
  if (vectors === null) throw new Error('the graph has no vectors');
  const id = sql`${columnRef('r', vectors.id)}::text`;
  const entityStands =
    vectors.entity === null
      ? sql<boolean>`true`
      : sql<boolean>`(${columnRef('r', vectors.entity)} is null or exists (select from ${tableRef(entities.table)} e
          where ${sameGroup('e', entities, 'r', vectors)} and ${sameText('e', entities.id, 'r', vectors.entity)}))`;
  return edgeRows(scope, {
    kind: 'vector',
    table: vectors,
    id,
    from: sql`${tableRef(vectors.table)} r ${joinDocument(scope, vectors, vectors.document)}`,
    endsStand: entityStands,
    document: vectors.document === null ? null : columnRef('r', vectors.document),
  });
}

/** The groups are said once more: of a list, the planner does not conclude from one table to another. */
function joinDocument(scope: Scope, table: Omit<GraphTable, 'id'>, column: string | null): Sql {
  const { documents } = scope.mapping.place;
  if (column === null) return sql``;
  return sql`left join ${tableRef(documents.table)} d
    on ${inGroups('d', documents, scope)} and ${sameGroup('d', documents, 'r', table)} and ${sameText('d', documents.id, 'r', column)}`;
}

function noDocument({ mapping }: Scope): Sql<boolean> {
  return sql`${columnRef('d', mapping.place.documents.id)} is null`;
}

function groupText(alias: string, { group }: Pick<GraphTable, 'group'>): Sql<string> {
  return sql`${columnRef(alias, group)}::text`;
}

export function inGroups(
  alias: string,
  table: Pick<GraphTable, 'group'>,
  { groups }: Pick<Scope, 'groups'>,
): Sql<boolean> {
  return sql`${groupText(alias, table)} = any(${groups}::text[])`;
}

function sameGroup(
  a: string,
  left: Pick<GraphTable, 'group'>,
  b: string,
  right: Pick<GraphTable, 'group'>,
): Sql<boolean> {
  return sql`${groupText(a, left)} = ${groupText(b, right)}`;
}

function sameText(a: string, left: string, b: string, right: string): Sql<boolean> {
  return sql`${columnRef(a, left)}::text = ${columnRef(b, right)}::text`;
}

/** Of edges too it is asked by the entity at their end, where single entities are looked at. */
function onlyThese({ only }: Scope, kind: GraphItem['kind'], group: Sql, id: Sql): Sql<boolean> {
  if (only === null) return sql`true`;
  return isAmong(
    group,
    id,
    only.filter((one) => one.kind === kind),
  );
}

export function instant(alias: string, field: TimeField | null): Sql<Date | null> {
  return field === null ? sql`null::timestamptz` : readInstant(writtenOf(alias, field), field);
}

/** An item's own dates as written: what a hold remembers. */
export function datesText(alias: string, { createdAt, deprecatedAt }: Omit<GraphTable, 'id'>): Sql<string> {
  const written = (field: TimeField | null) => rememberedDate(field === null ? null : writtenOf(alias, field), field);
  return sql`(${written(createdAt)} || '|' || ${written(deprecatedAt)})`;
}
