import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { ProposalContent, ProposalState } from '../../domain/profiles/proposal.ts';
import { isSeen, type Seen } from '../runs/seen.ts';

/** A proposal without what it holds of the application's texts. */
export interface ListedProposal {
  readonly id: string;
  readonly job: string;
  readonly collection: string;
  readonly partition: string;
  readonly subject: string;
  readonly state: ProposalState;
  readonly asked: boolean;
  readonly due: number;
  readonly problem: string | null;
  readonly model: string | null;
  readonly promptVersion: string | null;
  readonly calls: number;
  readonly tokens: number;
  readonly createdAt: Date;
  readonly answeredAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
}

export interface StoredProposal extends ListedProposal {
  readonly content: ProposalContent | null;
}

export interface ProposalFilter {
  readonly job: string | null;
  readonly collection: string | null;
  readonly partition: string | null;
  readonly states: readonly ProposalState[] | null;
}

const columns = sql`q.id::text as id, q.job, q.collection, q.partition, q.subject, q.state, q.asked, q.due, q.problem, q.model,
  q.prompt_version as "promptVersion", q.calls, (q.input_tokens + q.output_tokens)::int8 as tokens,
  q.created_at as "createdAt", q.answered_at as "answeredAt", q.decided_at as "decidedAt", q.decided_by as "decidedBy"`;

/** The latest first, before the proposal of that id. */
export async function listProposals(
  db: Db,
  { job, collection, partition, states }: ProposalFilter,
  page: { readonly before: string | null; readonly limit: number; readonly seen: Seen },
): Promise<readonly ListedProposal[]> {
  const { rows } = await sql<ListedProposal>`
    select ${columns} from coppice.proposals q
    where ${seenHere(page.seen)} and (${job}::text is null or q.job = ${job}::text)
      and (${collection}::text is null or q.collection = ${collection}::text)
      and (${partition}::text is null or q.partition = ${partition}::text)
      and (${states === null ? null : [...states]}::text[] is null or q.state = any(${states === null ? null : [...states]}::text[]))
      and (${page.before}::int8 is null or q.id < ${page.before}::int8)
    order by q.id desc limit ${sql.lit(page.limit)}`.execute(db);
  return rows;
}

export async function findProposal(db: Db, id: string, seen: Seen, lock = false): Promise<StoredProposal | null> {
  const { rows } = await sql<StoredProposal>`
    select ${columns}, q.content from coppice.proposals q where q.id = ${id}::int8 and ${seenHere(seen)}
    ${lock ? sql`for update` : sql``}`.execute(db);
  return rows[0] ?? null;
}

/** Writes down what a person decided, about which no model is asked any more. After `never` the texts of it are not needed any more. */
export async function decideProposal(
  tx: Tx,
  id: string,
  state: Extract<ProposalState, 'accepted' | 'rejected' | 'never'>,
  by: string | null,
): Promise<void> {
  await sql`update coppice.proposals set state = ${state}, asked = true, decided_at = now(), decided_by = ${by},
    content = case when ${state} = 'never' then null else content end where id = ${id}::int8`.execute(tx);
}

function seenHere(seen: Seen): RawBuilder<boolean> {
  return isSeen(seen, sql`q.job`, sql`q.partition`);
}
