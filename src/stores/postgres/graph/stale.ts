import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { type Collector, type CollectRule, graceLimit, type StaleReason } from '../../../domain/collectors.ts';
import type { StaleItem } from '../../../domain/graph-item.ts';
import { knownGroup, storedGroups } from '../../stored-group.ts';
import {
  type EdgeSource,
  edgeFacts,
  isAsked,
  judgedEdge,
  mentionSource,
  relationSource,
  type Scope,
  vectorSource,
} from './edge-facts.ts';
import { datesText, instant } from './item-columns.ts';
import { groupsOf, type PostgresMapping, type StoredItem } from './scope.ts';

type Sql<T = unknown> = RawBuilder<T>;

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
    ...(asked('stale-edges') ? [staleRows(scope, relationSource(scope))] : []),
    ...(asked('stale-edges') && mentions !== null ? [staleRows(scope, mentionSource(scope))] : []),
    ...(asked('orphan-entities') ? [orphanEntities(scope)] : []),
    ...(asked('deprecated-vectors') && vectors !== null ? [staleRows(scope, vectorSource(scope))] : []),
  ];
  const due = sql`(x.since is null or x.since <= ${graceLimit(scope.rule)})`;
  return sql`select x.grp collate "C" as grp, x.kind collate "C" as kind, x.id collate "C" as id, x.reason, x.since,
      ${due} as due, x.dates
    from (${sql.join(branches.length === 0 ? [nothing] : branches, sql` union all `)}) x`;
}

/** Of a graph without vectors, where they alone are asked for. */
const nothing = sql`select null::text as grp, null::text as kind, null::text as id, null::text as reason,
  null::timestamptz as since, null::text as dates where false`;

function staleRows(scope: Scope, edge: EdgeSource): Sql {
  const { stale, reason, since } = judgedEdge(scope);
  return sql`select f.grp, ${sql.lit(edge.kind)}::text as kind, f.id, ${reason} as reason, ${since} as since, f.dates
    from ${edgeFacts(scope, edge)} where ${stale}`;
}

/** An entity without edges; with `stale-edges`, also one whose edges are all due. */
function orphanEntities(scope: Scope): Sql {
  const { entities } = scope.mapping.place;
  const [group, id] = [sql`${columnRef('e', entities.group)}::text`, sql`${columnRef('e', entities.id)}::text`];
  const withEdges = scope.rule.collectors.includes('stale-edges')
    ? sql`x.entity is null or x.all_due`
    : sql`x.entity is null`;
  return sql`select ${group} as grp, 'entity' as kind, ${id} as id, 'orphaned' as reason,
      greatest(${instant('e', entities.createdAt)}, x.since) as since, ${datesText('e', entities)} as dates
    from ${tableRef(entities.table)} e left join (
      select grp, entity, bool_and(due) as all_due, max(since) as since from (${edgesByEntity(scope)}) one group by grp, entity
    ) x on x.grp = ${group} and x.entity = ${id}
    where ${isAsked(scope, 'entity', group, id)} and (${withEdges})`;
}

/** Every edge once for each of its ends, with what is said of it. */
function edgesByEntity(scope: Scope): Sql {
  const { relations, mentions } = scope.mapping.place;
  const limit = graceLimit(scope.rule);
  const { stale, since } = judgedEdge(scope);
  const rows = (edge: EdgeSource, end: string) =>
    sql`select f.grp, f.entity, ${stale} and coalesce(${since} <= ${limit}, true) as due,
        case when ${stale} then ${since} end as since
      from ${edgeFacts(scope, edge, end)}`;
  return sql.join(
    [
      rows(relationSource(scope), relations.source),
      rows(relationSource(scope), relations.target),
      ...(mentions === null ? [] : [rows(mentionSource(scope), mentions.entity)]),
    ],
    sql` union all `,
  );
}
