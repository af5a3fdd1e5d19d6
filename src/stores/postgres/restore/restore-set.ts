import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { TableName } from '../../../domain/mapping.ts';
import type { ForeignKey } from '../schema/constraints.ts';
import { documentKey } from '../scope.ts';
import { chunkLedger, documentIdArray, type LiveTable, rowLedger } from '../table.ts';

/** Rows to restore, by collection. `part`: the only partition they were removed from; `null`: several. */
export interface RestoreGroup {
  readonly table: LiveTable;
  readonly part: number | null;
  readonly ids: readonly string[];
}

/** Selects the rows that a run removed and that have not been put back, of one partition or of all. */
export function inLedger(runNo: number, part: number | null): RawBuilder<boolean> {
  const there = part === null ? sql`` : sql`and l.coppice_part = ${part}`;
  return sql`l.coppice_run = ${runNo} ${there} and l.coppice_state is null`;
}

/** One end of a foreign key, as far as it is in a ledger. */
export interface LedgerEnd {
  readonly table: LiveTable;
  readonly part: 'rows' | 'chunks';
}

export function referencingEnd(table: LiveTable, key: ForeignKey): LedgerEnd {
  return { table, part: key.fromOwn === 'chunks' ? 'chunks' : 'rows' };
}

/** The collection whose ledger may hold the row that the key references. */
export function referencedEnd(table: LiveTable, key: ForeignKey, others: readonly LiveTable[]): LedgerEnd | null {
  if (key.toOwn !== null) return { table, part: key.toOwn === 'chunks' ? 'chunks' : 'rows' };
  for (const other of others) {
    if (isSame(other.mapping.table, key.to)) return { table: other, part: 'rows' };
    if (other.chunks !== null && isSame(other.chunks.place.table, key.to)) return { table: other, part: 'chunks' };
  }
  return null;
}

function isSame(a: TableName, b: TableName): boolean {
  return a.schema === b.schema && a.name === b.name;
}

export function ledgerOf({ table, part }: LedgerEnd): RawBuilder<unknown> {
  return part === 'chunks' && table.chunks !== null ? chunkLedger(table.chunks) : rowLedger(table);
}

/** The text that names the row: its own id, or the document of a chunk. */
export function ownerOf({ table, part }: LedgerEnd, alias: string): RawBuilder<string> {
  if (part !== 'chunks' || table.chunks === null) return idText(alias, table.mapping);
  return sql`${columnRef(alias, table.chunks.place.document)}::text`;
}

/** That the row, or the document of a chunk, is one of these. */
export function ownedBy({ table, part }: LedgerEnd, alias: string, ids: readonly string[]): RawBuilder<boolean> {
  if (part !== 'chunks' || table.chunks === null) return isOneOf(alias, table, ids);
  return sql`${columnRef(alias, table.chunks.place.document)} = any(${documentIdArray(table, table.chunks, ids)})`;
}

/** That the two rows are those which the key connects. */
export function connected(key: ForeignKey, referencing: string, referenced: string): RawBuilder<boolean> {
  return sql`(${sql.join(
    key.columns.map(
      (column, at) => sql`${columnRef(referenced, key.referenced[at] ?? column)} = ${columnRef(referencing, column)}`,
    ),
    sql` and `,
  )})`;
}

/** So many rows at once, together with what they reference. */
const mostAtOnce = 20_000;

/**
 * The rows with all rows that they reference, directly or not, and that are in the ledger of the same run. Where those are
 * more than one transaction takes, the rows at the far end of the way with what they reference: those come first.
 */
export async function withReferenced(
  tx: Tx,
  group: RestoreGroup,
  others: readonly LiveTable[],
  run: { readonly runNo: number; readonly undoRunNo: number },
): Promise<readonly RestoreGroup[]> {
  let found = new Map([[group.table, new Set(group.ids)]]);
  let frontier = found;
  for (;;) {
    const next = new Map<LiveTable, Set<string>>();
    for (const [table, ids] of frontier) {
      for (const key of table.constraints.outgoing) {
        const end = referencedEnd(table, key, others);
        if (end === null) continue;
        const known = found.get(end.table);
        const more = (await referencedInLedger(tx, table, key, end, [...ids], run)).filter((id) => !known?.has(id));
        if (more.length > 0) next.set(end.table, new Set([...(next.get(end.table) ?? []), ...more]));
      }
    }
    if (next.size === 0) break;
    for (const [table, ids] of next) found.set(table, new Set([...(found.get(table) ?? []), ...ids]));
    const size = [...found.values()].reduce((sum, ids) => sum + ids.size, 0);
    if (size > mostAtOnce) found = new Map(next);
    frontier = next;
  }
  const own = new Set(group.ids);
  return [...found].map(([table, ids]) => {
    const here = table === group.table && [...ids].every((id) => own.has(id));
    return { table, part: here ? group.part : null, ids: [...ids] };
  });
}

/** Rows in the ledger that do not exist, that the given rows reference, and that this undo has not refused. */
async function referencedInLedger(
  tx: Tx,
  table: LiveTable,
  key: ForeignKey,
  end: LedgerEnd,
  ids: readonly string[],
  { runNo, undoRunNo }: { readonly runNo: number; readonly undoRunNo: number },
): Promise<string[]> {
  const from = referencingEnd(table, key);
  const { mapping } = end.table;
  const whole =
    mapping.document === null
      ? sql`select distinct ${ownerOf(end, 'p')} as id from parent p`
      : sql`select distinct ${idText('l', mapping)} as id from ${rowLedger(end.table)} l
          where ${inLedger(runNo, null)} and (l.coppice_part, ${documentKey('l', mapping)}) in (
            select o.coppice_part, ${documentKey('o', mapping)} from ${rowLedger(end.table)} o
            join parent p on ${ownerOf(end, 'p')} = ${idText('o', mapping)})`;
  const { rows } = await sql<{ id: string }>`
    with parent as materialized (
      select l.* from ${ledgerOf(from)} s join ${ledgerOf(end)} l on ${connected(key, 's', 'l')}
      where s.coppice_run = ${runNo} and s.coppice_state is null and ${ownedBy(from, 's', ids)}
        and ${inLedger(runNo, null)} and l.coppice_refused is distinct from ${undoRunNo}
        and not exists (select from ${tableRef(key.to)} e where ${connected(key, 's', 'e')})
    ) ${whole}`.execute(tx);
  return rows.map((row) => row.id);
}
