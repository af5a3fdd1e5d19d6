import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { Verdict } from '../../domain/consolidation/memory.ts';

/** The answer of a model about one pair of memories. */
export interface MemoryVerdict {
  /** As `pairName` names it. */
  readonly pair: string;
  /** Digest of both texts and of the rules' version. */
  readonly texts: string;
  readonly verdict: Verdict;
}

export interface AnsweredBy {
  readonly promptVersion: string;
  readonly model: string;
}

/** Verdicts about memories of a user; with `by` only those that were given so. */
export async function readVerdicts(
  db: Db,
  collection: string,
  user: string,
  by: AnsweredBy | null,
): Promise<readonly MemoryVerdict[]> {
  const sameWay = by === null ? sql`true` : sql`(prompt_version = ${by.promptVersion} and model = ${by.model})`;
  const { rows } = await sql<MemoryVerdict>`
    select pair, texts, verdict from coppice.memory_verdicts
    where collection = ${collection} and partition = ${user} and ${sameWay}`.execute(db);
  return rows;
}

export async function storeVerdicts(
  db: Db,
  collection: string,
  user: string,
  verdicts: readonly MemoryVerdict[],
  by: AnsweredBy,
): Promise<void> {
  if (verdicts.length === 0) return;
  await sql`
    insert into coppice.memory_verdicts (collection, partition, pair, texts, verdict, prompt_version, model)
    select ${collection}, ${user}, pair, texts, verdict, ${by.promptVersion}, ${by.model}
    from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb) as v (pair text, texts text, verdict text)
    on conflict (collection, partition, pair) do update set texts = excluded.texts, verdict = excluded.verdict,
      prompt_version = excluded.prompt_version, model = excluded.model, answered_at = now()`.execute(db);
}

/** Deletes verdicts about pairs that are no candidates any more, because a memory was changed or removed. */
export async function dropOtherVerdicts(
  db: Db,
  collection: string,
  user: string,
  pairs: readonly string[],
): Promise<void> {
  await sql`delete from coppice.memory_verdicts where collection = ${collection} and partition = ${user}
    and not pair = any(${[...pairs]}::text[])`.execute(db);
}
