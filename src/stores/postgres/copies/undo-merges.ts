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
import { type RewrittenField, type RewrittenValues, readTexts, rewrittenFields, writeFormerTexts } from './rewrite.ts';

interface ChangeRecord {
  readonly id: string;
  readonly field: MergedFieldName | RewrittenField | 'none';
  readonly former: string | null;
  readonly stored: string | null;
  readonly added: number | null;
  readonly survivor: boolean;
}

/**
 * Takes back what a run wrote into rows that stayed, once its removed rows are restored: what was added to a count is
 * subtracted, so that what the application counted since is kept; other fields get their former values where they are as the
 * run left them. A row with links that the application has written since is named; its count is put right all the same. Rows that copies were merged into are put on hold, as the restored copies are.
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
  const texts = await formerTexts(tx, table, byRow, here);
  const written: RowValues[] = [];
  const done: { id: string; field: string }[] = [];
  const refused = new Set<string>();
  for (const [id, own] of byRow) {
    const now = here.has(id) ? current.get(id)?.stored : undefined;
    const { values, handled } = now === undefined ? nothing : formerValues(own, now, texts.has(id));
    if (handled.length < own.length) refused.add(id);
    if (Object.keys(values).length > 0) written.push({ id, values });
    done.push(...handled.map((field) => ({ id, field })));
  }
  await writeFields(tx, table, written);
  await writeFormerTexts(tx, table, texts);
  const restored = ids.filter((id) => !refused.has(id));
  const survivors = new Set(records.filter(({ survivor }) => survivor).map(({ id }) => id));
  await hold(
    tx,
    table,
    request,
    ids.filter((id) => here.has(id) && survivors.has(id)),
  );
  await sql`delete from ${changes} c using unnest(${done.map(({ id }) => id)}::text[],
    ${done.map(({ field }) => field)}::text[]) d (id, field) where c.row_id = d.id and c.field = d.field`.execute(tx);
  await sql`update ${changes} set refused = ${undoRunNo} where row_id = any(${[...refused]}::text[])`.execute(tx);
  return { seen: byRow.size, restored: restored.length, refused: [...refused].sort() };
}

interface Former {
  readonly values: RowValues['values'];
  /** Fields of which nothing is left to be done. */
  readonly handled: readonly ChangeRecord['field'][];
}

const nothing: Former = { values: {}, handled: [] };

/** Links that the application has written since stay, and so does a count that is no number. A later access stays, too. */
function formerValues(records: readonly ChangeRecord[], now: MergedValues, hasText: boolean): Former {
  const values: Partial<Record<MergedFieldName, string | null>> = {};
  const handled: ChangeRecord['field'][] = [];
  for (const { field, former, stored, added } of records) {
    if (isRewritten(field)) {
      if (hasText) handled.push(field);
      continue;
    }
    const count = field === 'access_count' ? withoutAdded(now[field], added ?? 0, former) : undefined;
    if (field === 'access_count') {
      if (count === undefined) continue;
      values[field] = count;
    } else if (field !== 'none') {
      if (now[field] === stored) values[field] = former;
      else if (field === 'links') continue;
    }
    handled.push(field);
  }
  return { values, handled };
}

function isRewritten(field: ChangeRecord['field']): field is RewrittenField {
  return rewrittenFields.some((one) => one === field);
}

/** Former text, vector and hash of the rows in which all three are as the run left them. */
async function formerTexts(
  tx: Tx,
  table: LiveTable,
  byRow: ReadonlyMap<string, readonly ChangeRecord[]>,
  here: ReadonlySet<string>,
): Promise<ReadonlyMap<string, RewrittenValues>> {
  const own = [...byRow].flatMap(([id, records]) => {
    const fields = new Map(records.filter(({ field }) => isRewritten(field)).map((one) => [one.field, one]));
    return fields.size > 0 && here.has(id) ? [{ id, fields }] : [];
  });
  const now = await readTexts(
    tx,
    table,
    own.map(({ id }) => id),
  );
  return new Map(
    own.flatMap(({ id, fields }): [string, RewrittenValues][] => {
      const isLeft = rewrittenFields.every((field) => now.get(id)?.[field] === (fields.get(field)?.stored ?? null));
      const former = (field: RewrittenField) => fields.get(field)?.former ?? null;
      if (!isLeft) return [];
      return [[id, { content: former('content'), content_hash: former('content_hash'), vector: former('vector') }]];
    }),
  );
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
