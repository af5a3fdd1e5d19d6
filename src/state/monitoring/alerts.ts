import { type Selectable, sql } from 'kysely';
import type { AlertsTable, Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { AlertRule } from '../../domain/alert-settings.ts';
import type { Finding } from '../../domain/alerts.ts';

export type Alert = Selectable<AlertsTable>;

/**
 * Brings the alerts in line with what was found: a finding that stands keeps its alert, a new one fires, and what a judged
 * rule does not find any more is resolved. Returns how many changed.
 */
export function keepAlerts(
  db: Db,
  found: readonly Finding[],
  judged: readonly AlertRule[],
): Promise<{ fired: number; resolved: number }> {
  return boundedTransaction(db, async (tx) => {
    // Two checks at once would each find an alert missing.
    await sql`lock table coppice.alerts in share row exclusive mode`.execute(tx);
    const findings = JSON.stringify(found);
    const { rows } = await sql<{ fired: boolean }>`
      insert into coppice.alerts as a (rule, subject, message)
      select f.rule, f.subject, f.message from jsonb_to_recordset(${findings}::jsonb)
        as f (rule text, subject text, message text)
      on conflict (rule, subject) where resolved_at is null
        do update set message = excluded.message, seen_at = now()
      returning a.xmax = 0 as fired`.execute(tx);
    const resolved = await sql`
      update coppice.alerts a set resolved_at = now()
      where a.resolved_at is null and a.rule = any(${[...judged]}::text[])
        and not exists (select from jsonb_to_recordset(${findings}::jsonb) as f (rule text, subject text)
          where f.rule = a.rule and f.subject = a.subject)`.execute(tx);
    return { fired: rows.filter((row) => row.fired).length, resolved: Number(resolved.numAffectedRows ?? 0) };
  });
}

/** The latest first; without `all` only those that stand. */
export function listAlerts(db: Db, filter: { readonly all: boolean; readonly limit: number }): Promise<Alert[]> {
  let query = db.selectFrom('coppice.alerts').selectAll().orderBy('fired_at', 'desc').orderBy('id').limit(filter.limit);
  if (!filter.all) query = query.where('resolved_at', 'is', null);
  return query.execute();
}

/** Alerts of which the webhook has not heard that they fired, or that they are resolved; oldest first. */
export function unsentAlerts(db: Db, limit: number): Promise<Alert[]> {
  return db
    .selectFrom('coppice.alerts')
    .selectAll()
    .where((where) =>
      where.or([
        where('firing_sent_at', 'is', null),
        where.and([where('resolved_at', 'is not', null), where('resolved_sent_at', 'is', null)]),
      ]),
    )
    .orderBy('fired_at')
    .limit(limit)
    .execute();
}

export async function markSent(db: Db, id: string, event: 'firing' | 'resolved'): Promise<void> {
  const column = event === 'firing' ? 'firing_sent_at' : 'resolved_sent_at';
  await db
    .updateTable('coppice.alerts')
    .set({ [column]: sql<Date>`now()` })
    .where('id', '=', id)
    .execute();
}
