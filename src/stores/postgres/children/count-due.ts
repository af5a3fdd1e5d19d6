import { type RawBuilder, sql } from 'kysely';
import { tableRef } from '../../../database/identifiers.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import type { SurveyTerms } from '../../ports/row-survey.ts';
import { freeAndDue } from '../due.ts';
import { textOf } from '../fields.ts';
import { factRows, judgeFacts } from '../rules/index.ts';
import { documentKey } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { belongsTo, memberRef, membersOf } from './family.ts';
import type { Member } from './member.ts';

/** How many rows of each child table belong to rows that are due, by the name of the table. Reads only. */
export async function countDueChildren(tx: Tx, table: LiveTable, terms: SurveyTerms): Promise<Record<string, number>> {
  const members = membersOf(table);
  const counts = members.flatMap((member, at) =>
    member.chunks
      ? []
      : [
          sql`select ${`${member.table.schema}.${member.table.name}`} as name, count(*)::int8 as rows
            from ${memberRef(member)} ${sql.id(`c${at}`)} where ${ofDue(table, members, member, at)}`,
        ],
  );
  if (counts.length === 0) return {};
  const { rows } = await sql<{ name: string; rows: number }>`
    with due as materialized (${dueRows(table.mapping, terms)}) ${sql.join(counts, sql` union all `)}`.execute(tx);
  return Object.fromEntries(rows.map((one) => [one.name, one.rows]));
}

/** That the row `cN` belongs to a row that is due, by way of the members in between. */
function ofDue(table: LiveTable, members: readonly Member[], member: Member, at: number): RawBuilder<boolean> {
  const above = member.parent === null ? undefined : members[member.parent];
  if (member.parent === null || above === undefined) {
    return sql`exists (select from due join ${tableRef(table.mapping.table)} d on d.ctid = due.due_tid
      where ${belongsTo(member, `c${at}`, 'd')})`;
  }
  const parent = `c${member.parent}`;
  return sql`exists (select from ${memberRef(above)} ${sql.id(parent)}
    where ${belongsTo(member, `c${at}`, parent)} and ${ofDue(table, members, above, member.parent)})`;
}

/** Where the rows are that are due. Of a document of several rows none is, until all of them are. */
function dueRows(mapping: CollectionMapping, { rule, respectHolds }: SurveyTerms): RawBuilder<unknown> {
  const more = sql`d.ctid as due_tid, ${textOf('d', mapping.partition)} as due_partition,
    ${documentKey('d', mapping)} as due_document`;
  const due = freeAndDue(judgeFacts('r', mapping, rule), mapping, respectHolds);
  const goes =
    mapping.document === null ? due : sql`bool_and(${due}) over (partition by r.due_partition, r.due_document)`;
  return sql`select due_tid from (
    select r.due_tid, r.due_partition, ${goes} as goes from ${factRows(mapping, rule, more)} r
  ) judged where goes and due_partition <> ''`;
}
