import { type IsolationLevel, sql } from 'kysely';
import { inChildSpan } from '../telemetry/spans.ts';
import { statementTimeoutMs as currentStatementTimeoutMs, withStatementTimeout } from './answer-limit.ts';
import type { Db, Tx } from './schema.ts';

export interface TransactionBounds {
  /** How long one statement may take. Without it: what the work around allows, else two minutes. */
  readonly statementTimeoutMs?: number;
  readonly isolation?: IsolationLevel;
  /** False: nothing rests on it but what is committed after it, which is durable. Nobody waits for the disk then. */
  readonly durable?: boolean;
}

const usualStatementTimeoutMs = 120_000;
/** Longer than an idle holder may sit there, so that waiting for a frozen one ends in its place being free. */
const longestLockWaitMs = 20_000;
const longestIdleMs = 10_000;
/** A batch passes from the delete to the ledger within this, and not through a temporary file. */
const workMem = '32MB';

/**
 * A transaction that others may wait for. A process that freezes in the middle of one keeps its row locks and with them
 * every successor: the server therefore ends a session that sits idle in it. The embedded database has a supervisor
 * for that, and its engine does not survive the setting.
 *
 * Unless told otherwise, what it commits is durable, whatever the database's own setting: vectors in another store are deleted on the strength
 * of intents, which a crash of the server must not take back.
 */
export function boundedTransaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  { isolation, durable = true, ...bounds }: TransactionBounds = {},
): Promise<T> {
  const timeoutMs = bounds.statementTimeoutMs ?? currentStatementTimeoutMs() ?? usualStatementTimeoutMs;
  const lockTimeoutMs = Math.min(longestLockWaitMs, timeoutMs);
  const idleTimeoutMs = Math.min(longestIdleMs, Math.floor(timeoutMs / 2));
  const begin = isolation === undefined ? db.transaction() : db.transaction().setIsolationLevel(isolation);
  const span = { attributes: { 'db.system.name': 'postgresql' } };
  return withStatementTimeout(timeoutMs, () =>
    inChildSpan('transaction', span, () =>
      begin.execute(async (tx) => {
        await sql`select set_config('lock_timeout', ${String(lockTimeoutMs)}, true),
          set_config('statement_timeout', ${String(timeoutMs)}, true),
          set_config('work_mem', ${workMem}, true),
          set_config('synchronous_commit',
            case when not ${durable}::boolean then 'off'
              when current_setting('synchronous_commit') = 'off' then 'local'
              else current_setting('synchronous_commit') end, true),
          set_config('idle_in_transaction_session_timeout',
            case when version() like '%PGlite%' then '0' else ${String(idleTimeoutMs)} end, true)`.execute(tx);
        return work(tx);
      }),
    ),
  );
}
