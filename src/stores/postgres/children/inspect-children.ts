import { sql } from 'kysely';
import { quoted, quotedName } from '../../../database/identifiers.ts';
import type { Db } from '../../../database/schema.ts';
import { type ChildMember, childMembers } from '../../../domain/children.ts';
import type { CollectionMapping, ParentLink, TableName } from '../../../domain/mapping.ts';
import type { TableInfo } from '../../ports/inspection.ts';
import { display, isUniqueTogether, missingColumns, missingTable, tableInfo } from '../schema/table-info.ts';
import { mayBeShared } from './live-children.ts';

/** Of each child table, in the order of `childMembers`. */
export async function childInfos(db: Db, mapping: CollectionMapping): Promise<(TableInfo | null)[]> {
  const infos: (TableInfo | null)[] = [];
  for (const { child } of childMembers(mapping)) infos.push(await tableInfo(db, child.table));
  return infos;
}

/** Problems of the child tables, a sentence each. Reads the catalogue only. */
export async function childProblems(
  db: Db,
  mapping: CollectionMapping,
  rows: TableInfo,
  infos: readonly (TableInfo | null)[],
): Promise<string[]> {
  const members = childMembers(mapping);
  const problems: string[] = [];
  for (const [at, member] of members.entries()) {
    const info = infos[at] ?? null;
    const above = member.parent === null ? rows : (infos[member.parent] ?? null);
    const parent = member.parent === null ? mapping.table : members[member.parent]?.child.table;
    if (info === null) problems.push(await missingTable(db, mapping, member.child.table));
    else if (above !== null && parent !== undefined) {
      problems.push(...(await problemsOf(db, member, info, { table: parent, info: above })));
    }
  }
  return problems;
}

interface Parent {
  readonly table: TableName;
  readonly info: TableInfo;
}

async function problemsOf(db: Db, { child, parent }: ChildMember, info: TableInfo, above: Parent): Promise<string[]> {
  const { table, id, vector, parent: links } = child;
  const columns = [...id, ...links.map(({ field }) => field.column), ...(vector === null ? [] : [vector])];
  const missing = [
    ...missingColumns(info, table, [...new Set(columns)]),
    ...missingColumns(
      above.info,
      above.table,
      links.map(({ column }) => column),
    ),
  ];
  if (missing.length > 0) return missing;
  const problems: string[] = [];
  if (!isUniqueTogether(info, id)) {
    problems.push(
      `${display(table)}: (${id.join(', ')}) has no unique index: an id must name one row of a child table`,
    );
  }
  if (parent !== null && mayBeShared(links, above.info)) {
    const named = links.map(({ column }) => column).join(', ');
    problems.push(
      `${display(table)}: (${named}) does not name one row of ${display(above.table)}; only a child of the collection's own ` +
        'rows may belong to several',
    );
  }
  if (!(await servesLinks(db, table, links))) {
    problems.push(
      `${display(table)} has no index by which the rows that belong to a row are found, so that each batch would read all ` +
        `of it: ${await indexFor(db, table, links)}`,
    );
  }
  return problems;
}

/** Whether an index begins with the links, in whatever order: whole, valid, and of a kind that serves equality. */
async function servesLinks(db: Db, table: TableName, links: readonly ParentLink[]): Promise<boolean> {
  const { rows } = await sql<{ keys: string[] }>`
    select (select jsonb_agg(pg_get_indexdef(i.indexrelid, no, true) order by no)
      from generate_series(1, i.indnkeyatts) no) as keys
    from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
    where i.indrelid = to_regclass(${quoted(table)}) and i.indisvalid and i.indpred is null
      and m.amname in ('btree', 'hash')`.execute(db);
  const wanted = links.map(({ field }) =>
    field.keys.length === 0 ? unquoted(quotedName(field.column)) : unquoted(keyExpression(field.column, field.keys)),
  );
  return rows.some(({ keys }) => {
    const first = keys.slice(0, wanted.length).map(unquoted);
    return first.length === wanted.length && wanted.every((one) => first.includes(one));
  });
}

/** The catalogue quotes a name only where it must, and encloses some expressions. */
function unquoted(text: string): string {
  return text.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1').replace(/^\((.*)\)$/, '$1');
}

function keyExpression(column: string, keys: readonly string[]): string {
  const array = keys.map((key) =>
    /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : `"${key.replaceAll(/["\\]/g, '\\$&')}"`,
  );
  return `${quotedName(column)} #>> '{${array.join(',').replaceAll("'", "''")}}'::text[]`;
}

async function indexFor(db: Db, table: TableName, links: readonly ParentLink[]): Promise<string> {
  const { rows } = await sql<{ partitioned: boolean }>`
    select relkind = 'p' as partitioned from pg_class where oid = to_regclass(${quoted(table)})`.execute(db);
  const how = rows[0]?.partitioned === true ? 'CREATE INDEX' : 'CREATE INDEX CONCURRENTLY';
  const columns = links.map(({ field }) =>
    field.keys.length === 0 ? quotedName(field.column) : `(${keyExpression(field.column, field.keys)})`,
  );
  return `${how} ON ${quoted(table)} (${columns.join(', ')});`;
}
