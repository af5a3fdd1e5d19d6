import { sql } from 'kysely';
import type { Db } from '../../src/database/schema.ts';
import { lockWaiters } from './lock-waiters.ts';
import { until } from './until.ts';

/** Statements that can be made to wait for an advisory lock, executed and not committed. */
export interface Gate {
  /** From now on the statement of this number waits for whoever holds the lock; 1 is the next one. */
  arm(statement: number | null): Promise<void>;
  /** Starts the work, and runs `meanwhile` once its statement of this number waits. The statement goes on afterwards. */
  hold<T>(
    statement: number,
    work: () => Promise<T>,
    meanwhile: () => Promise<void>,
  ): Promise<{ readonly result: Promise<T> }>;
}

export const gateLock = sql`select pg_advisory_xact_lock(1)`;

/** @param events statements that are counted, such as `after update on knowledge.facts` */
export async function createGate(db: Db, events: readonly string[]): Promise<Gate> {
  const triggers = events.map(
    (event) => `create trigger gate ${event} for each statement execute function wait_at_gate()`,
  );
  await sql
    .raw(`
    create sequence statements;
    create table gate (no int8);
    create function wait_at_gate() returns trigger language plpgsql as $$ begin
      if nextval('statements') = (select no from gate) then perform pg_advisory_xact_lock(1); end if;
      return null;
    end $$;
    ${triggers.join(';')}`)
    .execute(db);
  const arm = async (statement: number | null) => {
    await sql`alter sequence statements restart`.execute(db);
    await sql`delete from gate`.execute(db);
    await sql`insert into gate values (${statement})`.execute(db);
  };
  return {
    arm,
    hold: async (statement, work, meanwhile) => {
      await arm(statement);
      return db.transaction().execute(async (tx) => {
        await gateLock.execute(tx);
        const result = work();
        await until('a statement waits at the gate', async () => (await lockWaiters(db)) > 0);
        await meanwhile();
        return { result };
      });
    },
  };
}
