import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Rule } from '../../domain/rules/index.ts';
import type { SurveyTerms } from '../ports/document-store.ts';
import { judgeRow } from './rules/index.ts';
import type { Judgement } from './rules/rule-sql.ts';
import { inCollection } from './scope.ts';

/** Rules and holds together: which rows a run may take. */

/**
 * A restored row whose dates have not changed since: exempt from removal. Mostly there are no holds at all, which the
 * server then finds out once and not for each row.
 */
function onHold(id: RawBuilder<string>, state: RawBuilder<string>, mapping: CollectionMapping): RawBuilder<boolean> {
  const name = sql.lit(mapping.name);
  return sql`(exists (select from coppice.holds where collection = ${name})
    and exists (select from coppice.holds h where h.collection = ${name}
    and h.row_id = ${id} and h.dates = ${state}))`;
}

/** Whether a row that is due stays because of a hold. */
export function heldWhenDue(
  { id, due, state }: Judgement,
  mapping: CollectionMapping,
  respectHolds: boolean,
): RawBuilder<boolean> {
  return respectHolds && state !== null ? sql`${due} and ${onHold(id, state, mapping)}` : sql`false`;
}

/**
 * The terms of one snapshot: holds are left out of what is asked of every row where there is none, for a question to another
 * table keeps the scan to a single process.
 */
export async function withHolds(tx: Tx, mapping: CollectionMapping, terms: SurveyTerms): Promise<SurveyTerms> {
  if (!terms.respectHolds) return terms;
  const { rows } = await sql<{ any: boolean }>`
    select exists (select from coppice.holds where collection = ${mapping.name}) as any`.execute(tx);
  return { ...terms, respectHolds: rows[0]?.any === true };
}

/** What makes a row one to take. */
export function freeAndDue(
  judgement: Judgement,
  mapping: CollectionMapping,
  respectHolds: boolean,
): RawBuilder<boolean> {
  const { id, due, state } = judgement;
  return respectHolds && state !== null ? sql`(${due} and not ${onHold(id, state, mapping)})` : due;
}

/** The same of the row `d` as it stands under its lock. */
export function stillDue(mapping: CollectionMapping, rule: Rule): RawBuilder<boolean> {
  return sql`(${inCollection('d', mapping)} and ${freeAndDue(judgeRow('d', mapping, rule), mapping, true)})`;
}
