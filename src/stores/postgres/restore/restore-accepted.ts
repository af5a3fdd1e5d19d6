import { sql } from 'kysely';
import { columnRef, tableRef } from '../../../database/identifiers.ts';
import { idText, isOneOf } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { RestoreRefusal } from '../../ports/row-undo.ts';
import { attempt, inHalves, isForeignKeyRefusal, type Refusal } from '../removal/refusals.ts';
import { documentKey } from '../scope.ts';
import { type LiveTable, rowLedger } from '../table.ts';
import { type Inserted, insertFromLedger } from './restore-insert.ts';
import {
  connected,
  inLedger,
  ledgerOf,
  ownedBy,
  ownerOf,
  type RestoreGroup,
  referencedEnd,
  referencingEnd,
} from './restore-set.ts';

export interface Refused {
  readonly table: LiveTable;
  readonly ids: readonly string[];
  readonly refusals: readonly RestoreRefusal[];
}

interface Outcome {
  readonly inserted: readonly Inserted[];
  readonly refused: readonly Refused[];
}

/**
 * Inserts as many of the rows as the database accepts, whole documents each. Mostly that is all of them, in one statement.
 * Else rows whose referenced row does not exist are left out, and what is refused then is found by halving.
 */
export async function insertAccepted(
  tx: Tx,
  groups: readonly RestoreGroup[],
  others: readonly LiveTable[],
  runNo: number,
): Promise<Outcome> {
  if (groups.length === 0) return { inserted: [], refused: [] };
  const deferrable = groups.some(({ table }) => table.constraints.deferrable);
  const skipExisting = !groups.some(({ table }) => table.constraints.noConflictClause);
  const first = await attempt(tx, deferrable, () => insertFromLedger(tx, groups, runNo, skipExisting));
  if (first.done) return explained(tx, groups, first.result, { deferrable, runNo });
  const { missing, rest } = await withoutMissing(tx, groups, others, runNo);
  if (missing.length > 0 && rest.length > 0) {
    const again = await attempt(tx, deferrable, () => insertFromLedger(tx, rest, runNo, skipExisting));
    if (again.done) {
      const { inserted, refused } = await explained(tx, rest, again.result, { deferrable, runNo });
      return { inserted, refused: [...missing, ...refused] };
    }
  }
  const { inserted, refused } = await oneByOne(tx, await unitsOf(tx, rest, runNo), { deferrable, runNo });
  return { inserted, refused: [...missing, ...refused] };
}

interface Terms {
  readonly deferrable: boolean;
  readonly runNo: number;
}

/**
 * A row that was left out without an error exists again, or a trigger has dropped it: an insert of the row alone tells
 * which.
 */
async function explained(
  tx: Tx,
  groups: readonly RestoreGroup[],
  inserted: readonly Inserted[],
  terms: Terms,
): Promise<Outcome> {
  const left = groups.flatMap((group) => {
    const back = new Set(inserted.filter(({ table }) => table === group.table).flatMap(({ ids }) => ids));
    const ids = group.ids.filter((id) => !back.has(id));
    return ids.length === 0 ? [] : [{ ...group, ids }];
  });
  if (left.length === 0) return { inserted, refused: [] };
  const more = await oneByOne(tx, await unitsOf(tx, left, terms.runNo), terms);
  return { inserted: [...inserted, ...more.inserted], refused: more.refused };
}

/** A document: what is restored whole or not at all. */
interface Unit {
  readonly table: LiveTable;
  readonly part: number | null;
  readonly ids: readonly string[];
}

async function unitsOf(tx: Tx, groups: readonly RestoreGroup[], runNo: number): Promise<Unit[]> {
  const units: Unit[] = [];
  for (const { table, part, ids } of groups) {
    const { mapping } = table;
    if (mapping.document === null) {
      units.push(...ids.map((id) => ({ table, part, ids: [id] })));
      continue;
    }
    const { rows } = await sql<{ ids: string[] }>`
      select array_agg(${idText('l', mapping)}) as ids from ${rowLedger(table)} l
      where ${inLedger(runNo, part)} and ${isOneOf('l', table, ids)}
      group by l.coppice_part, ${documentKey('l', mapping)} order by min(l.ctid)`.execute(tx);
    units.push(...rows.map((row) => ({ table, part, ids: row.ids })));
  }
  return units;
}

function grouped(units: readonly Unit[]): RestoreGroup[] {
  const groups = new Map<LiveTable, RestoreGroup>();
  for (const { table, part, ids } of units) {
    const { ids: before = [], part: other = part } = groups.get(table) ?? {};
    groups.set(table, { table, part: other === part ? part : null, ids: [...before, ...ids] });
  }
  return [...groups.values()];
}

/**
 * By halves, again for as long as it helps: a row that lacks another one is accepted once that one exists. Rows that
 * reference each other in a circle are accepted only together, which is tried last.
 */
async function oneByOne(tx: Tx, all: readonly Unit[], { deferrable, runNo }: Terms): Promise<Outcome> {
  const inserted: Inserted[] = [];
  const refused: Refused[] = [];
  let pending = all;
  while (pending.length > 0) {
    const insert = (units: readonly Unit[]) => insertFromLedger(tx, grouped(units), runNo, false);
    const { results, refused: some } = await inHalves(tx, deferrable, pending, insert);
    inserted.push(...results.flat());
    refused.push(...suppressed(pending, some, results.flat()));
    const waiting = some.filter(({ refusal }) => isForeignKeyRefusal(refusal));
    refused.push(
      ...some.filter((one) => !waiting.includes(one)).map(({ unit, refusal }) => refusedUnit(unit, refusal)),
    );
    const units = waiting.map(({ unit }) => unit);
    if (units.length > 0 && results.length === 0) {
      const circle = units.length < 2 ? null : await attempt(tx, deferrable, () => insert(units));
      if (circle?.done === true) inserted.push(...circle.result);
      else refused.push(...waiting.map(({ unit, refusal }) => refusedUnit(unit, refusal)));
      break;
    }
    pending = units;
  }
  return { inserted, refused };
}

function refusedUnit({ table, ids }: Unit, { code, constraint, table: where }: Refusal): Refused {
  const reason = { reason: 'refused' as const, code, constraint, table: where, key: null };
  return { table, ids, refusals: ids.map((id) => ({ id, ...reason })) };
}

/** Units that a trigger has dropped without an error. */
function suppressed(
  tried: readonly Unit[],
  failed: readonly { readonly unit: Unit }[],
  inserted: readonly Inserted[],
): Refused[] {
  const erroneous = new Set(failed.map(({ unit }) => unit));
  return tried
    .filter((unit) => !erroneous.has(unit))
    .flatMap((unit) => {
      const back = new Set(inserted.filter(({ table }) => table === unit.table).flatMap(({ ids }) => ids));
      const lost = unit.ids.filter((id) => !back.has(id));
      if (lost.length === 0) return [];
      const { name } = unit.table.mapping.table;
      const reason = { reason: 'refused' as const, code: null, constraint: null, table: name, key: null };
      return [{ table: unit.table, ids: lost, refusals: lost.map((id) => ({ id, ...reason })) }];
    });
}

/** Takes out rows that reference a row which neither exists nor is among them, and so on. */
async function withoutMissing(
  tx: Tx,
  groups: readonly RestoreGroup[],
  others: readonly LiveTable[],
  runNo: number,
): Promise<{ missing: Refused[]; rest: RestoreGroup[] }> {
  let rest = [...groups];
  const missing: Refused[] = [];
  for (let found = true; found; ) {
    found = false;
    for (const { table } of groups) {
      const refusals = await missingReferences(tx, table, rest, others, runNo);
      if (refusals.length === 0) continue;
      found = true;
      const of = new Set(refusals.map(({ id }) => id));
      const units = (
        await unitsOf(
          tx,
          rest.filter((one) => one.table === table),
          runNo,
        )
      ).filter((unit) => unit.ids.some((id) => of.has(id)));
      const ids = new Set(units.flatMap((unit) => unit.ids));
      missing.push({ table, ids: [...ids], refusals });
      rest = rest.map((one) => (one.table === table ? { ...one, ids: one.ids.filter((id) => !ids.has(id)) } : one));
    }
  }
  return { missing, rest: rest.filter(({ ids }) => ids.length > 0) };
}

async function missingReferences(
  tx: Tx,
  table: LiveTable,
  groups: readonly RestoreGroup[],
  others: readonly LiveTable[],
  runNo: number,
): Promise<RestoreRefusal[]> {
  const ids = groups.find((one) => one.table === table)?.ids ?? [];
  if (ids.length === 0) return [];
  const found: RestoreRefusal[] = [];
  for (const key of table.constraints.outgoing.filter((one) => one.readable)) {
    const from = referencingEnd(table, key);
    const end = referencedEnd(table, key, others);
    const among = end === null ? [] : (groups.find((one) => one.table === end.table)?.ids ?? []);
    const comes =
      end === null
        ? sql`false`
        : sql`exists (select from ${ledgerOf(end)} p where p.coppice_run = ${runNo} and p.coppice_state is null
            and ${connected(key, 'l', 'p')} and ${ownedBy(end, 'p', among)})`;
    const values = sql.join(key.columns.map((column) => sql`${columnRef('l', column)}::text`));
    const given = sql.join(
      key.columns.map((column) => sql`${columnRef('l', column)} is not null`),
      sql` and `,
    );
    const { rows } = await sql<{ id: string; key: string }>`
      select ${ownerOf(from, 'l')} as id, min(concat_ws(', ', ${values})) as key from ${ledgerOf(from)} l
      where ${inLedger(runNo, null)} and ${ownedBy(from, 'l', ids)} and ${given}
        and not exists (select from ${tableRef(key.to)} e where ${connected(key, 'l', 'e')}) and not ${comes}
      group by 1`.execute(tx);
    const reason = { reason: 'missing_reference' as const, code: null, constraint: key.name, table: key.to.name };
    found.push(...rows.map((row) => ({ ...reason, ...row })));
  }
  return found;
}
