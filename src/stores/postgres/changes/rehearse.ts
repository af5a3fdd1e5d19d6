import { sql } from 'kysely';
import { sqlState } from '../../../database/errors.ts';
import { quoted, tableRef } from '../../../database/identifiers.ts';
import { hasKey } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { Rule } from '../../../domain/rules/index.ts';
import { MappingError } from '../../ports/inspection.ts';
import { itemsTable } from '../items.ts';
import { isPassing, takenBack } from '../rehearsal.ts';
import { judgeRow } from '../rules/index.ts';
import { storeText } from '../rules/stored-values.ts';
import type { LiveTable } from '../table.ts';
import { changeOf } from './apply.ts';

/**
 * Changes one of the rows that are due and takes that back, before a run changes anything. A trigger that moves what the
 * rule reads, such as a date of the last change that is mapped as `last_accessed_at`, would make each run undo the next.
 */
export async function rehearseChange(tx: Tx, table: LiveTable, rule: Rule, runNo: number): Promise<void> {
  const outcome = await takenBack(tx, () =>
    attempt(tx, table, rule, runNo).catch((error: unknown) => {
      const code = sqlState(error);
      if (code === null || !isPassing(code)) throw error;
      return 'as_expected' as const;
    }),
  );
  if (outcome === 'as_expected') return;
  const { mapping } = table;
  const { column, keys } = changeOf(judgeRow('d', mapping, rule)).field;
  const written = `${mapping.table.schema}.${mapping.table.name}.${[column, ...keys].join('.')}`;
  const triggers = await updateTriggers(tx, table);
  const by = triggers.length === 0 ? '' : ` (triggers on update: ${triggers.join(', ')})`;
  throw new MappingError(mapping.name, [
    outcome === 'ignored'
      ? `an update of ${written}, for a rehearsal, had no effect${by}: nothing was changed`
      : `writing ${written} also changes a field that the job reads${by}, so that each run would look like a use of the ` +
        'row by the application; nothing was changed. Map that field to a column that the update leaves alone',
  ]);
}

async function attempt(tx: Tx, table: LiveTable, rule: Rule, runNo: number) {
  const { mapping } = table;
  const { unchanged, field } = changeOf(judgeRow('d', mapping, rule));
  const { rows: before } = await sql<{ place: string; unchanged: string }>`
    select i.place::text as place, ${unchanged} as unchanged
    from ${itemsTable(runNo, mapping)} i join ${tableRef(mapping.table)} d on ${hasKey('d', mapping, 'i')}
    where i.stored is not null order by i.part, i.place limit 1 for update of d skip locked`.execute(tx);
  const [one] = before;
  if (one === undefined) return 'as_expected' as const;
  const { rows: after } = await sql<{ unchanged: string }>`
    update ${tableRef(mapping.table)} d set ${storeText(field, sql`i.stored`)}
    from ${itemsTable(runNo, mapping)} i where ${hasKey('d', mapping, 'i')} and i.place = ${one.place}::text::int8
    returning ${unchanged} as unchanged`.execute(tx);
  if (after.length === 0) return 'ignored' as const;
  return after[0]?.unchanged === one.unchanged ? ('as_expected' as const) : ('moved' as const);
}

async function updateTriggers(tx: Tx, { mapping }: LiveTable): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select tgname as name from pg_trigger
    where tgrelid = to_regclass(${quoted(mapping.table)}) and not tgisinternal and tgtype::int & 16 <> 0 and tgenabled <> 'D'
    order by 1`.execute(tx);
  return rows.map(({ name }) => name);
}
