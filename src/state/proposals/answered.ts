import { type RawBuilder, sql } from 'kysely';

/** How a run asks, for the look at what is stored already. */
export interface AskingTerms {
  readonly job: string;
  /** Digest of the rules' version and of the limits. */
  readonly terms: string;
  /** True: an answer that rules alone gave does not count. */
  readonly asks: boolean;
  /** Non-null: neither does one that was given with another prompt or model. */
  readonly reask: { readonly promptVersion: string; readonly model: string } | null;
  readonly runNo: number | null;
}

/** A question as SQL: whom it is about, and the digest of the data. */
export interface AskedSql {
  readonly partition: RawBuilder<unknown>;
  readonly subject: RawBuilder<unknown>;
  readonly data: RawBuilder<unknown>;
}

/** Whether an answer to the question is stored, or somebody else asks it at the moment. */
export function isAnswered(
  collection: string,
  { job, terms, asks, reask, runNo }: AskingTerms,
  { partition, subject, data }: AskedSql,
): RawBuilder<boolean> {
  const sameWay =
    reask === null
      ? sql`true`
      : sql`(not q.asked or q.prompt_version = ${reask.promptVersion} and q.model = ${reask.model})`;
  const isClaimed = sql`(q.claimed_until > now() and q.run_no is distinct from ${runNo}::int8)`;
  return sql`exists (
    select from coppice.proposals q
    where q.job = ${job} and q.collection = ${collection} and q.partition = ${partition} and q.subject = ${subject}
      and (q.state = 'never' or q.question = ${data} || ${`:${terms}`}::text
        and case when q.state = 'asking' then ${isClaimed} else (q.asked or not ${asks}::boolean) and ${sameWay} end))`;
}
