import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';

export interface UsedModel {
  readonly model: string;
  readonly outcome: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly seconds: number;
}

/** Counts calls for the metrics of all processes. */
export async function countUsage(db: Db, used: readonly UsedModel[]): Promise<void> {
  if (used.length === 0) return;
  await sql`
    insert into coppice.model_usage as u (model, outcome, calls, input_tokens, output_tokens, seconds)
    select model, outcome, calls, "inputTokens", "outputTokens", seconds
    from jsonb_to_recordset(${JSON.stringify(used)}::jsonb) as r (model text, outcome text, calls int8, "inputTokens" int8,
      "outputTokens" int8, seconds float8)
    on conflict (model, outcome) do update set calls = u.calls + excluded.calls,
      input_tokens = u.input_tokens + excluded.input_tokens, output_tokens = u.output_tokens + excluded.output_tokens,
      seconds = u.seconds + excluded.seconds`.execute(db);
}

export async function readUsage(db: Db): Promise<readonly UsedModel[]> {
  const { rows } = await sql<UsedModel>`
    select model, outcome, calls, input_tokens as "inputTokens", output_tokens as "outputTokens", seconds
    from coppice.model_usage`.execute(db);
  return rows;
}
