import { sql } from 'kysely';
import type { Db, Tx } from '../../database/schema.ts';
import type { ProposalContent, ProposalState } from '../../domain/profiles/proposal.ts';

/** The question that a proposal answers. */
export interface QuestionKey {
  readonly job: string;
  readonly collection: string;
  readonly partition: string;
  readonly subject: string;
  readonly question: string;
}

export interface ProposalAnswer {
  readonly state: Extract<ProposalState, 'proposed' | 'nothing' | 'unusable'>;
  readonly asked: boolean;
  readonly content: ProposalContent | null;
  readonly problem: string | null;
  readonly due: number;
  readonly promptVersion: string | null;
  readonly model: string | null;
  readonly usage: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number };
}

/**
 * Takes questions up and returns the ids of those that were taken, by the name of the question (`nameOf`). The others are
 * asked by somebody else, or were answered meanwhile. A run takes its own questions up again, since one activity of it
 * asks at a time; those of others once `seconds` have passed without an answer.
 */
export async function claimQuestions(
  db: Db,
  keys: readonly QuestionKey[],
  { runNo, seconds, again }: { readonly runNo: number | null; readonly seconds: number; readonly again: boolean },
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<QuestionKey & { id: string }>`
    insert into coppice.proposals as q (job, collection, partition, subject, question, state, asked, run_no, claimed_until)
    select job, collection, partition, subject, question, 'asking', true, ${runNo}::int8,
      now() + make_interval(secs => ${seconds})
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k (job text, collection text, partition text, subject text,
      question text) order by partition, subject
    on conflict (job, collection, partition, subject, question) do update
      set state = 'asking', former_state = coalesce(q.former_state, nullif(q.state, 'asking')), run_no = excluded.run_no,
        claimed_until = excluded.claimed_until
      where (q.state = 'asking' and (q.claimed_until <= now() or q.run_no = ${runNo}::int8))
        or (q.state <> 'asking' and q.state <> 'never' and (not q.asked or ${again}::boolean))
    returning q.id::text as id, q.job, q.collection, q.partition, q.subject, q.question`.execute(db);
  return new Map(rows.map(({ id, ...key }) => [nameOf(key), id]));
}

export function nameOf({ job, collection, partition, subject, question }: QuestionKey): string {
  return JSON.stringify([job, collection, partition, subject, question]);
}

/** Gives a question back that was not answered: what was stored before counts again. */
export async function giveUpQuestion(db: Db, id: string): Promise<void> {
  await sql`delete from coppice.proposals where id = ${id}::int8 and state = 'asking' and former_state is null`.execute(
    db,
  );
  await sql`update coppice.proposals set state = former_state, former_state = null, claimed_until = null
    where id = ${id}::int8 and state = 'asking'`.execute(db);
}

/**
 * Stores the answer to a claimed question, and what became of the entity, in one statement. Earlier proposals about the same
 * subject are outdated with it.
 */
export async function answerQuestion(
  db: Db,
  id: string,
  answer: ProposalAnswer,
  { runNo, lines }: { readonly runNo: number | null; readonly lines: number },
): Promise<void> {
  const { state, asked, content, problem, due, promptVersion, model, usage } = answer;
  await sql`
    with answered as (
      update coppice.proposals set state = ${state}, asked = ${asked}, due = ${due}, problem = ${problem},
        content = ${content === null ? null : JSON.stringify(content)}::jsonb, prompt_version = ${promptVersion},
        model = ${model}, calls = calls + ${usage.calls}, input_tokens = input_tokens + ${usage.inputTokens},
        output_tokens = output_tokens + ${usage.outputTokens}, answered_at = now(), claimed_until = null, former_state = null
      where id = ${id}::int8 and state = 'asking' returning *
    ),
    noted as (
      insert into coppice.entity_results
        (run_no, collection, partition, subject, attributes_before, attributes_after, error)
      select ${runNo}::int8, a.collection, a.partition, a.subject, ${lines}, ${lines}, a.problem from answered a
      where ${runNo}::int8 is not null
      on conflict (run_no, collection, partition, subject) do update set attributes_before = excluded.attributes_before,
        attributes_after = excluded.attributes_after, error = excluded.error
    )
    update coppice.proposals q set state = 'outdated' from answered a
    where q.job = a.job and q.collection = a.collection and q.partition = a.partition and q.subject = a.subject
      and q.id <> a.id and q.state in ('proposed', 'accepted')`.execute(db);
}

/** Stores what rules alone found, where nothing is stored yet. */
export async function storeFound(
  db: Db,
  key: QuestionKey,
  runNo: number | null,
  { state, content, problem, due }: Pick<ProposalAnswer, 'state' | 'content' | 'problem' | 'due'>,
): Promise<void> {
  await sql`
    with stored as (
      insert into coppice.proposals
        (job, collection, partition, subject, question, state, asked, content, problem, due, run_no, answered_at)
      values (${key.job}, ${key.collection}, ${key.partition}, ${key.subject}, ${key.question}, ${state}, false,
        ${content === null ? null : JSON.stringify(content)}::jsonb, ${problem}, ${due}, ${runNo}, now())
      on conflict do nothing returning *
    )
    update coppice.proposals q set state = 'outdated' from stored a
    where q.job = a.job and q.collection = a.collection and q.partition = a.partition and q.subject = a.subject
      and q.id <> a.id and q.state in ('proposed', 'accepted')`.execute(db);
}

export interface ApplicableProposal extends QuestionKey {
  readonly id: string;
  readonly content: ProposalContent;
}

/** Those of the proposals that may be applied, locked; of the others a person or another run has decided otherwise. */
export async function lockProposals(
  tx: Tx,
  ids: readonly string[],
  states: readonly string[],
): Promise<readonly ApplicableProposal[]> {
  const { rows } = await sql<ApplicableProposal>`
    select id::text as id, job, collection, partition, subject, question, content from coppice.proposals q
    where q.id = any(${[...ids]}::text[]::int8[]) and state = any(${[...states]}::text[]) and content is not null
    order by q.id for update`.execute(tx);
  return rows;
}

export async function markProposals(
  tx: Tx,
  ids: readonly string[],
  state: Extract<ProposalState, 'applied' | 'outdated'>,
  runNo: number,
): Promise<void> {
  if (ids.length === 0) return;
  await sql`update coppice.proposals set state = ${state}, applied_run_no = case when ${state} = 'applied' then ${runNo}::int8 end
    where id = any(${[...ids]}::text[]::int8[])`.execute(tx);
}

/** Profiles that a run has just written need no question: the next run would only ask about Coppice's own output. */
export async function storeSettled(tx: Tx, keys: readonly QuestionKey[], runNo: number): Promise<void> {
  if (keys.length === 0) return;
  await sql`insert into coppice.proposals (job, collection, partition, subject, question, state, asked, run_no, answered_at)
    select job, collection, partition, subject, question, 'nothing', true, ${runNo}, now()
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k (job text, collection text, partition text, subject text,
      question text)
    on conflict do nothing`.execute(tx);
}

/** A change that an undo takes back is not proposed again while the data is the same, by a model or by rules. */
export async function markUndone(tx: Tx, runNo: number, collection: string, partition: string): Promise<void> {
  await sql`update coppice.proposals set state = 'undone', asked = true
    where applied_run_no = ${runNo} and collection = ${collection} and partition = ${partition} and state = 'applied'`.execute(
    tx,
  );
}
