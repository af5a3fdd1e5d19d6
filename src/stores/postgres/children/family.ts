import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { allOf } from '../../../database/row-ids.ts';
import { singleIdColumn } from '../../../domain/row-id.ts';
import { textOf } from '../fields.ts';
import type { LiveTable } from '../table.ts';
import type { Member } from './member.ts';

/** All members, each after its parent. */
export function membersOf({ chunks, mapping, children }: LiveTable): readonly Member[] {
  if (chunks === null) return children;
  const { place, source, ledger, writable, ledgerColumns, documentType, uniqueIds } = chunks;
  const link = { field: { column: place.document, keys: [] }, column: singleIdColumn(mapping), type: documentType };
  const own: Member = {
    ...{ table: place.table, source, ledger, writable, ledgerColumns, id: [place.document, place.id], links: [link] },
    ...{ vector: place.vector, parent: null, shared: false, ownKey: uniqueIds ? [place.id] : null, chunks: true },
  };
  return [own, ...children.map((child) => ({ ...child, parent: child.parent === null ? null : child.parent + 1 }))];
}

/** That the row `child` belongs to the row `parent`. */
export function belongsTo(member: Member, child: string, parent: string): RawBuilder<boolean> {
  return allOf(
    member.links.map(({ field, column, type }) => {
      const value = columnRef(parent, column);
      if (field.keys.length > 0) return sql`${textOf(child, field)} = ${value}::text`;
      return sql`${columnRef(child, field.column)} = ${type === null ? value : sql`${value}::text::${type}`}`;
    }),
  );
}

export function memberRef({ table }: Member): RawBuilder<unknown> {
  return tableRef(table);
}

export function memberLedger({ ledger }: Member): RawBuilder<unknown> {
  return sql`${sql.id('coppice', ledger)}`;
}

/** Places of the members between the rows of the collection and this one, from the top. */
export function ancestorsOf(members: readonly Member[], at: number): readonly number[] {
  const parent = members[at]?.parent ?? null;
  return parent === null ? [] : [...ancestorsOf(members, parent), parent];
}
