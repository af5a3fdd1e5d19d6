import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../database/schema.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Rule } from '../../domain/rules/index.ts';
import type { SurveyTerms } from '../ports/row-survey.ts';
import { judgeRow } from './rules/index.ts';
import type { Judgement } from './rules/rule-sql.ts';
import { inCollection } from './scope.ts';

/** Rules and holds together: which rows a run may take. */

/**
 * A restored row of which nothing has changed that the rule reads: exempt from the rule. Mostly there are no holds at all,
 * which the server then finds out once and not for each row.
 */
function onHold({ id, state, kind }: Judgement, mapping: CollectionMapping): RawBuilder<boolean> {
  const of = holdsOf(kind, mapping);
  return sql`(exists (select from ${of})
    and exists (select from ${of} and h.row_id = ${id} and h.${kind === 'expiry' ? sql`dates` : sql`state`} = ${state}))`;
}

/** Holds from the expiry date came first and have a table of their own, which workers of earlier releases write. */
function holdsOf(kind: Rule['kind'], { name }: CollectionMapping): RawBuilder<unknown> {
  if (kind === 'expiry') return sql`coppice.holds h where h.collection = ${sql.lit(name)}`;
  return sql`coppice.rule_holds h where h.collection = ${sql.lit(name)} and h.rule = ${sql.lit(kind)}`;
}

/** Puts rows on hold, from a query of `row_id`, `partition`, `state` and `run_id`. */
export function insertHolds(
  kind: Rule['kind'],
  { name }: CollectionMapping,
  rows: RawBuilder<unknown>,
): RawBuilder<unknown> {
  if (kind === 'expiry') {
    return sql`insert into coppice.holds (collection, row_id, partition, dates, run_id)
      select ${name}, h.row_id, h.partition, h.state, h.run_id from (${rows}) h
      on conflict (collection, row_id) do update
        set dates = excluded.dates, run_id = excluded.run_id, created_at = now()`;
  }
  return sql`insert into coppice.rule_holds (collection, row_id, rule, partition, state, run_id)
    select ${name}, h.row_id, ${kind}, h.partition, h.state, h.run_id from (${rows}) h
    on conflict (collection, row_id, rule) do update
      set state = excluded.state, run_id = excluded.run_id, created_at = now()`;
}

/** Whether a row that is due stays because of a hold. */
export function heldWhenDue(
  judgement: Judgement,
  mapping: CollectionMapping,
  respectHolds: boolean,
): RawBuilder<boolean> {
  const { due, state } = judgement;
  return respectHolds && state !== null ? sql`${due} and ${onHold(judgement, mapping)}` : sql`false`;
}

/**
 * The terms of one snapshot: holds are left out of what is asked of every row where there is none, for a question to another
 * table keeps the scan to a single process.
 */
export async function withHolds(tx: Tx, mapping: CollectionMapping, terms: SurveyTerms): Promise<SurveyTerms> {
  if (!terms.respectHolds) return terms;
  const { rows } = await sql<{ any: boolean }>`
    select exists (select from ${holdsOf(terms.rule.kind, mapping)}) as any`.execute(tx);
  return { ...terms, respectHolds: rows[0]?.any === true };
}

/** Whether no hold exempts the row from the rule. */
export function notHeld(judgement: Judgement, mapping: CollectionMapping): RawBuilder<boolean> {
  return judgement.state === null ? sql`true` : sql`not ${onHold(judgement, mapping)}`;
}

/** Whether a run takes the row: it is due, or Coppice has something to note of it. */
export function freeAndDue(
  judgement: Judgement,
  mapping: CollectionMapping,
  respectHolds: boolean,
): RawBuilder<boolean> {
  const { due, change } = judgement;
  const wanted = change === undefined ? due : sql<boolean>`(${due} or ${change.noted})`;
  return respectHolds && judgement.state !== null ? sql`(${wanted} and ${notHeld(judgement, mapping)})` : wanted;
}

/** The same of the row `d` as it stands under its lock. */
export function stillDue(mapping: CollectionMapping, rule: Rule): RawBuilder<boolean> {
  return sql`(${inCollection('d', mapping)} and ${freeAndDue(judgeRow('d', mapping, rule), mapping, true)})`;
}
