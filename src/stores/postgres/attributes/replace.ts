import { type RawBuilder, sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import { fieldOf, requiredField, timeFieldOf } from '../../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { consolidatedConfidence, consolidatedSource } from '../../../domain/profiles/attribute.ts';
import type { ProfileName, Replaced, Replacement } from '../../ports/attribute-table.ts';
import { textOf } from '../fields.ts';
import { columnValues, type FieldValue, numberValue, textValue, timeValue } from '../refresh/write-fields.ts';
import { castType } from '../schema/column-type.ts';
import { type LiveTable, rowLedger, stamp } from '../table.ts';
import { dataDigest, isLine, lineColumns, linesOf, profilesOf } from './lines.ts';
import { type IdSource, madeId } from './new-ids.ts';

export interface ReplacingRun {
  readonly runNo: number;
  /** Whether the ledger keeps what is removed. */
  readonly keep: boolean;
  /** Where new rows have their ids from. */
  readonly ids: ReadonlyMap<string, IdSource> | null;
}

/**
 * Lines leave into the ledger, and new rows are copies of the lines in whose place they are, with other values in the fields
 * of an attribute: what else the application keeps in a row stays with it. However many profiles there are, it is the same
 * few statements. `null` for each profile of which the lines that were shown have changed.
 */
export async function replaceLines(
  tx: Tx,
  table: LiveTable,
  run: ReplacingRun,
  requests: readonly Replacement[],
): Promise<(Replaced | null)[]> {
  const standing = await lockedDigests(tx, table, requests);
  const fresh = requests.filter(({ profile, data }) => standing.get(nameOf(profile)) === data);
  if (fresh.length === 0) return requests.map(() => null);
  await remove(tx, table, run, fresh);
  await add(tx, table, run, fresh);
  if (!run.keep) await forgetRemoved(tx, table, run, fresh);
  const now = await profilesNow(tx, table.mapping, fresh);
  const accepted = new Set(fresh);
  return requests.map((one) => {
    if (!accepted.has(one)) return null;
    const { data = '', lines = 0 } = now.get(nameOf(one.profile)) ?? {};
    return { removed: one.removed.length, added: one.added.length, data, lines };
  });
}

function nameOf({ entity, type, bot }: ProfileName): string {
  return JSON.stringify([entity, type, bot]);
}

/** Locks the lines that were shown, in the order of their ids, and reads them as they are under the lock. */
async function lockedDigests(
  tx: Tx,
  table: LiveTable,
  requests: readonly Replacement[],
): Promise<ReadonlyMap<string, string>> {
  const { mapping } = table;
  const shown = requests.flatMap((one) => one.shown);
  await sql`select from ${tableRef(mapping.table)} d where ${isOneOf('d', table, shown)}
    order by ${idText('d', mapping)} collate "C" for update of d`.execute(tx);
  // A statement of its own: it sees what was written while the first one waited.
  const { rows } = await sql<ProfileName & { data: string }>`
    select entity, type, bot, ${dataDigest} as data from (
      select ${lineColumns(mapping)} from ${tableRef(mapping.table)} d
      where ${isOneOf('d', table, shown)} and ${isLine(mapping)}) l
    group by entity, type, bot`.execute(tx);
  return new Map(rows.map((row) => [nameOf(row), row.data]));
}

async function remove(tx: Tx, table: LiveTable, { runNo }: ReplacingRun, fresh: readonly Replacement[]): Promise<void> {
  const { mapping } = table;
  const rows = fresh.flatMap(({ removed, partNo }) => removed.map((id) => ({ id, partNo })));
  const ids = rows.map(({ id }) => id);
  await sql`
    with gone as (
      delete from ${tableRef(mapping.table)} d
      using (select * from unnest(${ids}::text[], ${rows.map(({ partNo }) => partNo)}::int[]) as b (id, part)) b
      where ${isOneOf('d', table, ids)} and ${idText('d', mapping)} = b.id
      returning d.*, ${stamp(runNo, sql`b.part`)}
    )
    insert into ${rowLedger(table)} select * from gone`.execute(tx);
}

async function add(tx: Tx, table: LiveTable, run: ReplacingRun, fresh: readonly Replacement[]): Promise<void> {
  const { mapping } = table;
  const added = fresh.flatMap((one) =>
    one.added.map(({ inPlaceOf, ...values }) => ({ part: one.partNo, in_place_of: inPlaceOf, ...values })),
  );
  if (added.length === 0) return;
  const sources = added.map((one) => one.in_place_of);
  const parts = [...new Map(fresh.map(({ profile, partNo }) => [profile.entity, partNo]))];
  await sql`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(added)}::jsonb) as g (part int, in_place_of text, category text,
        key text, value text)
    ),
    added as (
      insert into ${tableRef(mapping.table)} as n (${sql.join(insertedNames(table, run).map((name) => sql.id(name)))})
      select ${insertedValues(table, run)} from ${rowLedger(table)} d
        join given g on d.coppice_part = g.part and ${idText('d', mapping)} = g.in_place_of
      where d.coppice_run = ${run.runNo} and ${isOneOf('d', table, sources)}
      returning ${idText('n', mapping)} as id, md5(n::text) as digest, ${textOf('n', mapping.partition)} as entity
    )
    insert into coppice.added_rows (run_no, part_no, collection, row_id, digest)
    select ${run.runNo}, p.part, ${mapping.name}, a.id, a.digest from added a
      join unnest(${parts.map(([entity]) => entity)}::text[], ${parts.map(([, part]) => part)}::int[]) as p (entity, part)
        on p.entity = a.entity
    where ${run.keep}::boolean`.execute(tx);
}

/** Without a ledger the lines were there for the copies alone. */
async function forgetRemoved(
  tx: Tx,
  table: LiveTable,
  { runNo }: ReplacingRun,
  fresh: readonly Replacement[],
): Promise<void> {
  const removed = fresh.flatMap((one) => one.removed);
  await sql`delete from ${rowLedger(table)} l where l.coppice_run = ${runNo} and ${isOneOf('l', table, removed)}`.execute(
    tx,
  );
}

async function profilesNow(tx: Tx, mapping: CollectionMapping, fresh: readonly Replacement[]) {
  const entities = fresh.map(({ profile }) => profile.entity);
  const ofThem = sql<boolean>`${textOf('d', mapping.partition)} = any(${entities}::text[])`;
  const { rows } = await sql<ProfileName & { data: string; lines: number }>`
    select entity, type, bot, data, lines from (${profilesOf(linesOf(mapping, ofThem))}) p`.execute(tx);
  return new Map(rows.map((row) => [nameOf(row), row]));
}

function insertedNames({ writable }: LiveTable, { ids }: ReplacingRun): string[] {
  return writable.filter((name) => ids?.get(name) !== 'default');
}

function insertedValues(table: LiveTable, run: ReplacingRun): RawBuilder<unknown> {
  const { mapping, rows } = table;
  const values = columnValues(fieldValues(mapping), rows.columns);
  return sql.join(
    insertedNames(table, run).map((name) => {
      if (run.ids?.get(name) === 'made') return sql`${madeId}::${sql.raw(castType(rows.columns, name))}`;
      return values.get(name) ?? columnRef('d', name);
    }),
  );
}

/** Values of the attribute `g`, each in the way that its field is written. */
function fieldValues(mapping: CollectionMapping): FieldValue[] {
  const category = fieldOf(mapping, 'category');
  const confidence = fieldOf(mapping, 'confidence');
  const source = fieldOf(mapping, 'source');
  const updated = timeFieldOf(mapping, 'updated_at');
  return [
    textValue(requiredField(mapping, 'key'), sql`g.key`),
    textValue(requiredField(mapping, 'value'), sql`g.value`),
    ...(category === null ? [] : [textValue(category, sql`g.category`)]),
    ...(confidence === null ? [] : [numberValue(confidence, sql`${String(consolidatedConfidence)}::text`)]),
    ...(source === null ? [] : [textValue(source, sql`${consolidatedSource}::text`)]),
    ...(updated === null ? [] : [timeValue(updated, sql`now()`)]),
  ];
}
