import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

export interface BudgetLimits {
  readonly maxCalls: number;
  readonly maxTokens: number;
}

/** Takes one call and so many tokens of what a run may use; `false`: they are not left. */
export async function takeOfBudget(db: Db, runNo: number, tokens: number, limits: BudgetLimits): Promise<boolean> {
  const { rows } = await sql<{ calls: number }>`
    insert into coppice.model_budgets as b (run_no, calls, tokens)
    select ${runNo}, 1, ${tokens} where ${limits.maxCalls}::int8 >= 1 and ${limits.maxTokens}::int8 >= ${tokens}::int8
    on conflict (run_no) do update set calls = b.calls + 1, tokens = b.tokens + excluded.tokens
      where b.calls + 1 <= ${limits.maxCalls}::int8 and b.tokens + excluded.tokens <= ${limits.maxTokens}::int8
    returning calls`.execute(db);
  return rows.length > 0;
}

export async function settleBudget(db: Db, runNo: number, taken: number, used: number): Promise<void> {
  await sql`update coppice.model_budgets set tokens = greatest(0, tokens + ${used - taken}::int8) where run_no = ${runNo}`.execute(
    db,
  );
}
