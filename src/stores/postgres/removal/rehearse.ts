import { sql } from 'kysely';
import { sqlState } from '../../../database/errors.ts';
import { tableRef } from '../../../database/identifiers.ts';
import { hasKey } from '../../../database/row-ids.ts';
import type { Tx } from '../../../database/schema.ts';
import type { CollectionMapping } from '../../../domain/mapping.ts';
import { MappingError } from '../../ports/inspection.ts';
import type { SurveyTerms } from '../../ports/row-survey.ts';
import type { Restored } from '../../ports/row-undo.ts';
import { itemsTable } from '../items.ts';
import { isPassing, takenBack } from '../rehearsal.ts';
import { nextRestores, restore } from '../restore/restore.ts';
import { effectsOf } from '../schema/unseen-effects.ts';
import type { LiveTable } from '../table.ts';
import { removeBatch } from './remove.ts';

const insufficientPrivilege = '42501';

/** Accepts that a rehearsal was refused for a reason that has no name. */
const unnamed = 'restore';

/**
 * Removes one of the rows that are due, restores it and takes both back, before a run removes anything: privileges,
 * triggers and rules that make every undo impossible show at once. This finds problems that the catalogue does not
 * show.
 */
export async function rehearse(
  tx: Tx,
  table: LiveTable,
  others: readonly LiveTable[],
  { rule }: SurveyTerms,
  runNo: number,
): Promise<void> {
  const { mapping } = table;
  const progress = { removed: false };
  const refused = await takenBack(tx, () =>
    attemptOne(tx, table, others, { rule, runNo, progress }).catch((error: unknown) => {
      const code = sqlState(error);
      if (code === null || code.startsWith('08')) throw error;
      // A row that cannot be removed needs no undo: the removal itself finds out.
      return isPassing(code) || !progress.removed ? null : { code, constraint: null };
    }),
  );
  if (refused === null) return;
  const name = refused.constraint ?? unnamed;
  if (mapping.accept.includes(name) || (await acceptsLoss(tx, mapping))) return;
  const by = refused.constraint === null ? '' : ` by constraint ${refused.constraint}`;
  const denied = refused.code === insufficientPrivilege ? ' (permission denied)' : '';
  const reason = refused.code === null ? `dropped${by}` : `refused${by} with ${refused.code}${denied}`;
  throw new MappingError(mapping.name, [
    `a row of ${mapping.table.schema}.${mapping.table.name} that was deleted and inserted again, for a rehearsal, was ` +
      `${reason}: an undo could not restore it. Nothing was removed; ` +
      `if that is meant, accept it: collections.${mapping.name}.accept: [${name}]`,
  ]);
}

/** A person has accepted, by another name, that an undo may not restore every row. */
async function acceptsLoss(tx: Tx, mapping: CollectionMapping): Promise<boolean> {
  const kinds = new Set(['insert_rule', 'insert_filter', 'not_valid', 'invalid_index', 'check_reads_rows']);
  const effects = await effectsOf(tx, mapping);
  return effects.some(({ kind, name }) => kinds.has(kind) && mapping.accept.includes(name));
}

interface Refused {
  readonly code: string | null;
  readonly constraint: string | null;
}

interface Rehearsal {
  readonly rule: SurveyTerms['rule'];
  readonly runNo: number;
  readonly progress: { removed: boolean };
}

/** `null`: it came back, or it could not be removed either. */
async function attemptOne(
  tx: Tx,
  table: LiveTable,
  others: readonly LiveTable[],
  { rule, runNo, progress }: Rehearsal,
): Promise<Refused | null> {
  const { mapping } = table;
  await sql`select set_config('lock_timeout', '1s', true)`.execute(tx);
  const { rows } = await sql<{ partNo: number; partition: string; before: string }>`
    select i.part as "partNo", p.partition, (i.place - 1)::text as before
    from ${itemsTable(runNo, mapping)} i
      join coppice.run_partitions p on p.run_no = ${runNo} and p.no = i.part
      join ${tableRef(mapping.table)} d on ${hasKey('d', mapping, 'i')}
    order by i.part, i.place limit 1 for update of d skip locked`.execute(tx);
  const [one] = rows;
  if (one === undefined) return null;
  const { partNo, partition, before: after } = one;
  const at = { runNo, partNo };
  const removal = await removeBatch(tx, table, { ...at, partition, rule, after, size: 1, keep: true });
  if (removal.documents === 0) return null;
  progress.removed = true;
  const ids = (await nextRestores(tx, table, at, runNo, removal.documents)).map((row) => row.id);
  const request = { ...at, partition, undoRunNo: runNo, undoRunId: 'rehearsal', ids, rule, withReferenced: true };
  const back: Restored = await restore(tx, table, request, others);
  if (back.refused.length === 0) return null;
  const [first] = back.refusals;
  return { code: first?.code ?? null, constraint: first?.constraint ?? null };
}
