import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { fieldOf, requiredField, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { consolidatedConfidence, consolidatedSource } from '../../../domain/profiles/attribute.ts';
import type { Replaced, Replacement } from '../../ports/attribute-table.ts';
import { columnValues, type FieldValue, numberValue, textValue, timeValue } from '../refresh/write-fields.ts';
import { inLedger } from '../restore/restore-set.ts';
import { castType } from '../schema/column-type.ts';
import { type LiveTable, rowLedger, stamp } from '../table.ts';
import { dataDigest, isLine, isOfProfile, lineColumns, linesOf } from './lines.ts';
import { idSources, madeId } from './new-ids.ts';

/**
 * Lines leave into the ledger, and new rows are copies of the lines in whose place they are, with other values in the fields
 * of an attribute: what else the application keeps in a row stays with it. `null`: the lines that were shown have changed.
 */
export async function replaceLines(tx: Tx, table: LiveTable, request: Replacement): Promise<Replaced | null> {
  const { mapping } = table;
  const { profile, shown, data, removed, added, runNo, partNo, keep } = request;
  if (!(await areUnchanged(tx, table, request))) return null;
  await sql`
    with gone as (
      delete from ${tableRef(mapping.table)} d where ${isOneOf('d', table, removed)} and ${isOfProfile(mapping, profile)}
      returning d.*, ${stamp(runNo, sql.lit(partNo))}
    )
    insert into ${rowLedger(table)} select * from gone`.execute(tx);
  const sources = added.length === 0 ? null : await idSources(tx, table);
  for (const one of added) {
    await sql`
      with added as (
        insert into ${tableRef(mapping.table)} as n (${sql.join(insertedNames(table, sources).map((name) => sql.id(name)))})
        select ${insertedValues(table, sources, one)} from ${rowLedger(table)} d
        where ${inLedgerAs('d', runNo, partNo)} and ${isOneOf('d', table, [one.inPlaceOf])}
        returning ${idText('n', mapping)} as id, md5(n::text) as digest
      )
      insert into coppice.added_rows (run_no, part_no, collection, row_id, digest)
      select ${runNo}, ${partNo}, ${mapping.name}, id, digest from added where ${keep}::boolean`.execute(tx);
  }
  if (!keep) {
    await sql`delete from ${rowLedger(table)} l where ${inLedger(runNo, partNo)} and ${isOneOf('l', table, removed)}`.execute(
      tx,
    );
  }
  const { rows } = await sql<{ data: string; lines: number }>`
    select ${dataDigest} as data, count(*)::int4 as lines from (${linesOf(mapping, isOfProfile(mapping, profile))}) l`.execute(
    tx,
  );
  const now = rows[0] ?? { data, lines: shown.length };
  return { removed: removed.length, added: added.length, ...now };
}

/** Locks the lines that were shown, in the order of their ids, and compares them as they are under the lock. */
async function areUnchanged(tx: Tx, table: LiveTable, { shown, data, profile }: Replacement): Promise<boolean> {
  const { mapping } = table;
  await sql`select from ${tableRef(mapping.table)} d where ${isOneOf('d', table, shown)}
    order by ${idText('d', mapping)} collate "C" for update of d`.execute(tx);
  // A statement of its own: it sees what was written while the first one waited.
  const { rows } = await sql<{ same: boolean }>`
    select ${dataDigest} = ${data} as same from (
      select ${lineColumns(mapping)} from ${tableRef(mapping.table)} d
      where ${isOneOf('d', table, shown)} and ${isLine(mapping)} and ${isOfProfile(mapping, profile)}) l`.execute(tx);
  return rows[0]?.same === true;
}

function inLedgerAs(alias: string, runNo: number, partNo: number): RawBuilder<boolean> {
  return sql`(${columnRef(alias, 'coppice_run')} = ${runNo} and ${columnRef(alias, 'coppice_part')} = ${partNo})`;
}

type Sources = Awaited<ReturnType<typeof idSources>>;

function insertedNames({ writable }: LiveTable, sources: Sources): string[] {
  return writable.filter((name) => sources?.get(name) !== 'default');
}

function insertedValues(table: LiveTable, sources: Sources, one: Replacement['added'][number]): RawBuilder<unknown> {
  const { mapping, rows } = table;
  const values = columnValues(fieldValues(mapping, one), rows.columns);
  return sql.join(
    insertedNames(table, sources).map((name) => {
      if (sources?.get(name) === 'made') return sql`${madeId}::${sql.raw(castType(rows.columns, name))}`;
      return values.get(name) ?? columnRef('d', name);
    }),
  );
}

function fieldValues(mapping: CollectionMapping, { category, key, value }: Replacement['added'][number]): FieldValue[] {
  const categoryField = fieldOf(mapping, 'category');
  const confidence = fieldOf(mapping, 'confidence');
  const source = fieldOf(mapping, 'source');
  const updated = timeFieldOf(mapping, 'updated_at');
  return [
    textValue(requiredField(mapping, 'key'), sql`${key}::text`),
    textValue(requiredField(mapping, 'value'), sql`${value}::text`),
    ...(categoryField === null ? [] : [textValue(categoryField, sql`${category}::text`)]),
    ...(confidence === null ? [] : [numberValue(confidence, sql`${String(consolidatedConfidence)}::text`)]),
    ...(source === null ? [] : [textValue(source, sql`${consolidatedSource}::text`)]),
    ...(updated === null ? [] : [timeValue(updated, sql`now()`)]),
  ];
}
