import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { CollectRule } from '../../../domain/collectors.ts';
import type { GraphItem } from '../../../domain/graph-item.ts';
import type { GraphTable } from '../../../domain/graph-mapping.ts';
import { datesText, instant, mentionKey } from './item-columns.ts';
import { isAmong, isInGroups, type PostgresMapping, type StoredItem } from './scope.ts';

type Sql<T = unknown> = RawBuilder<T>;

/** The question: everything that is stale, or which of some items are. */
export interface Scope {
  readonly mapping: PostgresMapping;
  readonly rule: CollectRule;
  /** As the tables have them. */
  readonly groups: readonly string[];
  readonly only: readonly StoredItem[] | null;
}

/** Where edges, or vectors, are read: row `r`. */
export interface EdgeSource {
  readonly kind: GraphItem['kind'];
  readonly table: Omit<GraphTable, 'id'>;
  readonly id: Sql;
  /** Whether everything that the row names, besides its document, exists. */
  readonly endsStand: Sql<boolean>;
  /** The column with the id of the document that it comes from. */
  readonly document: string | null;
}

export function relationSource(scope: Scope): EdgeSource {
  const { relations } = scope.mapping.place;
  const ends = [relations.source, relations.target].map((column) => entityStands(scope, relations, column));
  return {
    ...{ kind: 'relation', table: relations, id: sql`${columnRef('r', relations.id)}::text` },
    ...{ endsStand: sql`(${sql.join(ends, sql` and `)})`, document: relations.document },
  };
}

export function mentionSource(scope: Scope): EdgeSource {
  const { mentions } = scope.mapping.place;
  if (mentions === null) throw new Error('the graph has no mentions');
  return {
    ...{ kind: 'mention', table: mentions, id: mentionKey('r', mentions) },
    ...{ endsStand: entityStands(scope, mentions, mentions.entity), document: mentions.document },
  };
}

export function vectorSource(scope: Scope): EdgeSource {
  const { vectors } = scope.mapping.place;
  if (vectors === null) throw new Error('the graph has no vectors');
  const { entity } = vectors;
  const stands =
    entity === null
      ? sql<boolean>`true`
      : sql<boolean>`(${columnRef('r', entity)} is null or ${entityStands(scope, vectors, entity)})`;
  return {
    ...{ kind: 'vector', table: vectors, id: sql`${columnRef('r', vectors.id)}::text` },
    ...{ endsStand: stands, document: vectors.document },
  };
}

/**
 * Rows `f` of what `staleEdge` judges by, as columns. They are computed once for each edge: without `offset 0` the planner
 * copies each expression, a look at all entities included, to every place where it is used.
 *
 * @param entity by which entity the edge is found, where single entities are looked at; else by its own id
 */
export function edgeFacts(scope: Scope, edge: EdgeSource, entity: string | null = null): Sql {
  const { documents } = scope.mapping.place;
  const { table, document } = edge;
  const group = textOf('r', table.group);
  const [of, document_gone, document_date] =
    document === null
      ? [sql``, sql`false`, sql`null::timestamptz`]
      : [
          joinDocument(scope, table, document),
          sql`(${columnRef('r', document)} is not null and ${columnRef('d', documents.id)} is null)`,
          instant('d', documents.deprecatedAt),
        ];
  const end = entity === null ? null : textOf('r', entity);
  const asked = end === null ? isAsked(scope, edge.kind, group, edge.id) : isAsked(scope, 'entity', group, end);
  return sql`(select ${group} as grp, ${edge.id} as id, ${end ?? sql`null::text`} as entity,
      ${datesText('r', table)} as dates, ${instant('r', table.createdAt)} as created,
      ${instant('r', table.deprecatedAt)} as own_date, ${edge.endsStand} as ends_stand,
      ${document_gone} as document_gone, ${document_date} as document_date
    from ${tableRef(table.table)} r ${of} where ${asked} offset 0) f`;
}

/** The verdict of `staleEdge` on the facts in row `f`. */
export function judgedEdge({ rule: { cutoff } }: Scope) {
  const own = sql`coalesce(f.own_date <= ${cutoff}, false)`;
  const documentDeprecated = sql`coalesce(f.document_date <= ${cutoff}, false)`;
  return {
    stale: sql<boolean>`(${own} or not f.ends_stand or f.document_gone or ${documentDeprecated})`,
    reason: sql<string>`case when ${own} then 'deprecated' when not f.ends_stand then 'end_gone'
      when f.document_gone then 'document_gone' else 'document_deprecated' end`,
    since: sql<Date | null>`case when ${own} then f.own_date when not f.ends_stand or f.document_gone then f.created
      else f.document_date end`,
  };
}

/**
 * A row of that group and id is asked for. The groups are named once: a list that is named twice makes the planner expect no
 * row and read the whole table. Edges too are asked for by the entity at their end, where single entities are.
 */
export function isAsked({ groups, only }: Scope, kind: GraphItem['kind'], group: Sql, id: Sql): Sql<boolean> {
  if (only === null) return isInGroups(group, groups);
  return isAmong(
    group,
    id,
    only.filter((one) => one.kind === kind),
  );
}

/** The entity that row `r` names exists. */
function entityStands(scope: Scope, table: Pick<GraphTable, 'group'>, column: string): Sql<boolean> {
  const { entities } = scope.mapping.place;
  return sql`exists (select from ${tableRef(entities.table)} e where ${sameGroup(scope, 'e', entities, table)}
    and ${textOf('e', entities.id)} = ${textOf('r', column)})`;
}

function joinDocument(scope: Scope, table: Pick<GraphTable, 'group'>, column: string): Sql {
  const { documents } = scope.mapping.place;
  return sql`left join ${tableRef(documents.table)} d
    on ${sameGroup(scope, 'd', documents, table)} and ${textOf('d', documents.id)} = ${textOf('r', column)}`;
}

/**
 * Row `alias` is of the group of row `r`. Where all rows of groups are read, each table that is joined names the groups once
 * more: of a list the planner does not conclude from one table to another, and would read the rows of all other groups too.
 * Single items are looked up one by one, and the list would only make each look-up slower.
 */
function sameGroup(
  { groups, only }: Scope,
  alias: string,
  joined: Pick<GraphTable, 'group'>,
  table: Pick<GraphTable, 'group'>,
): Sql<boolean> {
  const group = textOf(alias, joined.group);
  const same = sql<boolean>`${group} = ${textOf('r', table.group)}`;
  return only === null ? sql`${isInGroups(group, groups)} and ${same}` : same;
}

function textOf(alias: string, column: string): Sql<string> {
  return sql`${columnRef(alias, column)}::text`;
}
