import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf, isOneOfFew } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { withoutAdded } from '../../../domain/merge-memories.ts';
import { idColumns } from '../../../domain/row-id.ts';
import type { UndoChanges, Undone } from '../../ports/change-table.ts';
import { changesTable, hasChangesTable } from '../changes/change-tables.ts';
import { insertHolds } from '../due.ts';
import { textOf } from '../fields.ts';
import { judgeRow } from '../rules/index.ts';
import { inCollection } from '../scope.ts';
import type { LiveTable } from '../table.ts';
import { type MergedFieldName, type MergedValues, type RowValues, readMemories, writeFields } from './merged-fields.ts';

interface ChangeRecord {
  readonly id: string;
  readonly field: MergedFieldName | 'none';
  readonly former: string | null;
  readonly stored: string | null;
  readonly added: number | null;
  readonly survivor: boolean;
}

/**
 * Takes back what a run wrote into rows that stayed, once its removed rows are restored: what was added to a count is
 * subtracted, so that what the application counted since is kept; links and the latest access get their former values
 * where they are as the run left them. Rows that copies were merged into are put on hold, as the restored copies are.
 */
export async function undoMerges(tx: Tx, table: LiveTable, request: UndoChanges): Promise<Undone> {
  const { mapping } = table;
  const { runNo, partNo, undoRunNo, limit } = request;
  const none = { seen: 0, restored: 0, refused: [] };
  if (!(await hasChangesTable(tx, runNo, mapping.name))) return none;
  const changes = changesTable(runNo, mapping.name);
  const { rows: records } = await sql<ChangeRecord>`
    select row_id as id, field, former, stored, added, survivor from ${changes} where row_id in (
      select row_id from ${changes} where part = ${partNo} and refused is distinct from ${undoRunNo}
      group by row_id limit ${sql.lit(limit)})`.execute(tx);
  const byRow = Map.groupBy(records, ({ id }) => id);
  if (byRow.size === 0) return none;
  const ids = [...byRow.keys()];
  const here = await lockInPartition(tx, table, request, ids);
  const current = await readMemories(tx, table, ids);
  const written: RowValues[] = [];
  const refused: string[] = [];
  for (const [id, own] of byRow) {
    const now = here.has(id) ? current.get(id)?.stored : undefined;
    const values = now === undefined ? null : formerValues(own, now);
    if (values === null) refused.push(id);
    else written.push({ id, values });
  }
  await writeFields(
    tx,
    table,
    written.filter(({ values }) => Object.keys(values).length > 0),
  );
  const restored = written.map(({ id }) => id);
  await hold(
    tx,
    table,
    request,
    restored.filter((id) => byRow.get(id)?.some(({ survivor }) => survivor)),
  );
  await sql`delete from ${changes} where row_id = any(${restored}::text[])`.execute(tx);
  await sql`update ${changes} set refused = ${undoRunNo} where row_id = any(${refused}::text[])`.execute(tx);
  return { seen: byRow.size, restored: restored.length, refused: refused.sort() };
}

/** `null`: the application has written links since, or a count that is no number. A later access stays. */
function formerValues(records: readonly ChangeRecord[], now: MergedValues): RowValues['values'] | null {
  const values: Partial<Record<MergedFieldName, string | null>> = {};
  for (const { field, former, stored, added } of records) {
    if (field === 'none') continue;
    if (field === 'access_count') {
      const count = withoutAdded(now[field], added ?? 0, former);
      if (count === undefined) return null;
      values[field] = count;
    } else if (now[field] === stored) values[field] = former;
    else if (field === 'links') return null;
  }
  return values;
}

async function lockInPartition(
  tx: Tx,
  table: LiveTable,
  { partition }: UndoChanges,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { mapping } = table;
  const { rows } = await sql<{ id: string }>`select ${idText('d', mapping)} as id from ${tableRef(mapping.table)} d
    where ${isOneOfFew('d', table, ids)} and ${textOf('d', mapping.partition)} = ${partition}
      and ${inCollection('d', mapping)}
    order by ${sql.join(idColumns(mapping).map((column) => columnRef('d', column)))} for update of d`.execute(tx);
  return new Set(rows.map(({ id }) => id));
}

async function hold(
  tx: Tx,
  table: LiveTable,
  { partition, rule, undoRunId }: UndoChanges,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  const { mapping } = table;
  const rows = sql`select ${idText('d', mapping)} as row_id, ${partition}::text as partition,
      ${judgeRow('d', mapping, rule).state ?? sql`''`} as state, ${undoRunId}::text as run_id
    from ${tableRef(mapping.table)} d where ${isOneOf('d', table, ids)}`;
  await sql`${insertHolds(rule.kind, mapping, rows)}`.execute(tx);
}
