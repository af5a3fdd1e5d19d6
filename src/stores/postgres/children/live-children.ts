import { sql } from 'kysely';
import { type ChildMember, childMembers } from '../../../domain/children.ts';
import type { CollectionMapping, ParentLink } from '../../../domain/mapping.ts';
import { type LedgerSource, ledgerName } from '../../../state/ledger/ledger.ts';
import type { TableInfo } from '../../ports/inspection.ts';
import { castType } from '../schema/column-type.ts';
import { isUniqueTogether } from '../schema/table-info.ts';
import type { Link, Member } from './member.ts';

/** The child tables of a collection with their live shape; none where a table of them could not be seen. */
export function liveChildren(
  mapping: CollectionMapping,
  rows: TableInfo,
  infos: readonly (TableInfo | null)[],
): readonly Member[] {
  const members = childMembers(mapping);
  const known = infos.flatMap((info) => info ?? []);
  if (known.length < members.length) return [];
  return members.flatMap((member, at) => {
    const info = known[at];
    const parent = member.parent === null ? rows : known[member.parent];
    return info === undefined || parent === undefined ? [] : [liveChild(mapping, member, info, parent)];
  });
}

function liveChild(
  mapping: CollectionMapping,
  { child, parent }: ChildMember,
  info: TableInfo,
  above: TableInfo,
): Member {
  const { table, id, vector } = child;
  const source: LedgerSource = {
    ...{ collection: mapping.name, table, columns: info.columns },
    part: `child ${table.schema}.${table.name}`,
  };
  return {
    ...{ table, source, id, vector, parent, chunks: false },
    writable: info.columns.filter((column) => !column.generated).map((column) => column.name),
    ledgerColumns: info.columns.map((column) => column.name),
    ledger: ledgerName(source),
    links: child.parent.map((link) => liveLink(link, info, above)),
    shared: mayBeShared(child.parent, above),
    ownKey: child.parent.every(({ field }) => field.keys.length === 0 && id.includes(field.column)) ? null : id,
  };
}

function liveLink({ field, column }: ParentLink, info: TableInfo, above: TableInfo): Link {
  const plainJson = info.columns.some(({ name, type }) => name === field.column && type === 'json');
  const own = castType(info.columns, field.column);
  return {
    field: field.keys.length > 0 && plainJson ? { ...field, plainJson: true } : field,
    column,
    type: own === castType(above.columns, column) ? null : sql.raw(own),
  };
}

/** Whether two rows of the parent may agree in all columns by which a child names its parent. */
export function mayBeShared(links: readonly ParentLink[], above: TableInfo): boolean {
  return !isUniqueTogether(
    above,
    links.map(({ column }) => column),
  );
}
