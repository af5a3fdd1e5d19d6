import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

export interface Amount {
  readonly calls: number;
  readonly tokens: number;
}

const none: Amount = { calls: 0, tokens: 0 };

/** Takes a part of what a run may use: as much as is wanted, or what is left of it. */
export async function takeOfBudget(db: Db, runNo: number, wanted: Amount, limits: Amount): Promise<Amount> {
  await sql`insert into coppice.model_budgets (run_no) values (${runNo}) on conflict do nothing`.execute(db);
  const { rows } = await sql<Amount>`
    with before as (select * from coppice.model_budgets where run_no = ${runNo} for update),
    taken as (
      select least(${wanted.calls}::int8, greatest(0, ${limits.calls}::int8 - calls)) as calls,
        least(${wanted.tokens}::int8, greatest(0, ${limits.tokens}::int8 - tokens)) as tokens from before
    ),
    written as (
      update coppice.model_budgets b set calls = b.calls + t.calls, tokens = b.tokens + t.tokens
      from taken t where b.run_no = ${runNo}
    )
    select calls, tokens from taken`.execute(db);
  return rows[0] ?? none;
}

/** Gives back what was taken and not used. */
export async function returnToBudget(db: Db, runNo: number, { calls, tokens }: Amount): Promise<void> {
  await sql`update coppice.model_budgets set calls = greatest(0, calls - ${calls}::int8),
    tokens = greatest(0, tokens - ${tokens}::int8) where run_no = ${runNo}`.execute(db);
}
