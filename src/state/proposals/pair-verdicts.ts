import { sql } from 'kysely';
import type { Db } from '../../database/schema.ts';
import type { Verdict } from '../../domain/consolidation/memory.ts';

/** The answer of a model about one pair: memories of a user, or entities or facts of a group. */
export interface PairVerdict {
  /** As `pairName` names it. */
  readonly pair: string;
  /** Digest of both texts and of the rules' version. */
  readonly texts: string;
  readonly verdict: Verdict;
  /** In the words of the model, where it was asked for a reason. */
  readonly reason: string | null;
}

export interface AnsweredBy {
  readonly promptVersion: string;
  readonly model: string;
}

/** Verdicts about pairs of a partition; with `by` only those that were given so. A preview reads older tables, too. */
export async function readVerdicts(
  db: Db,
  collection: string,
  partition: string,
  by: AnsweredBy | null,
): Promise<readonly PairVerdict[]> {
  const sameWay = by === null ? sql`true` : sql`(prompt_version = ${by.promptVersion} and model = ${by.model})`;
  const { rows } = await sql<PairVerdict>`
    select pair, texts, verdict, to_jsonb(v) ->> 'reason' as reason from coppice.memory_verdicts v
    where collection = ${collection} and partition = ${partition} and ${sameWay}`.execute(db);
  return rows;
}

export async function storeVerdicts(
  db: Db,
  collection: string,
  partition: string,
  verdicts: readonly PairVerdict[],
  by: AnsweredBy,
): Promise<void> {
  if (verdicts.length === 0) return;
  await sql`
    insert into coppice.memory_verdicts (collection, partition, pair, texts, verdict, reason, prompt_version, model)
    select ${collection}, ${partition}, pair, texts, verdict, reason, ${by.promptVersion}, ${by.model}
    from jsonb_to_recordset(${JSON.stringify(verdicts)}::jsonb) as v (pair text, texts text, verdict text, reason text)
    on conflict (collection, partition, pair) do update set texts = excluded.texts, verdict = excluded.verdict, reason = excluded.reason,
      prompt_version = excluded.prompt_version, model = excluded.model, answered_at = now()`.execute(db);
}

/** Deletes verdicts about pairs that are no candidates any more, because one of the two was changed or removed. */
export async function dropOtherVerdicts(
  db: Db,
  collection: string,
  partition: string,
  pairs: readonly string[],
): Promise<void> {
  await sql`delete from coppice.memory_verdicts where collection = ${collection} and partition = ${partition}
    and not pair = any(${[...pairs]}::text[])`.execute(db);
}
