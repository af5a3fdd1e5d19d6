import { boundedTransaction } from '../../database/transaction.ts';
import { type ProposalState, profileOf, proposalStates } from '../../domain/profiles/proposal.ts';
import {
  decideProposal,
  findProposal,
  type ListedProposal,
  listProposals as read,
  type StoredProposal,
} from '../../state/proposals/list.ts';
import { seenByJob } from '../access/visible.ts';
import { type DatabaseContext, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';

export interface ProposalJson {
  readonly id: string;
  readonly job: string;
  readonly collection: string;
  readonly entity_id: string;
  readonly entity_type: string;
  readonly bot_id: string | null;
  readonly state: ProposalState;
  /** Lines that would disappear, or have disappeared. */
  readonly due: number;
  /** Why an answer cannot be used. */
  readonly problem: string | null;
  /** `null`: rules alone decided. */
  readonly model: string | null;
  readonly prompt_version: string | null;
  readonly calls: number;
  readonly tokens: number;
  readonly created_at: string;
  readonly answered_at: string | null;
  readonly decided_at: string | null;
  readonly decided_by: string | null;
}

export interface ProposalLineJson {
  readonly line: number;
  readonly category: string;
  readonly key: string;
  readonly value: string;
}

export interface ProposalDetailJson extends ProposalJson {
  /** The lines as they were shown; empty once the texts have expired. */
  readonly lines: readonly ProposalLineJson[];
  readonly changes: readonly {
    readonly decided_by: 'rules' | 'model';
    /** Lines that disappear. */
    readonly lines: readonly number[];
    readonly reason: string;
    /** The line that stays in their place. */
    readonly by: number | null;
    readonly added: { readonly category: string; readonly key: string; readonly value: string } | null;
  }[];
}

export interface ProposalPageJson {
  readonly proposals: readonly ProposalJson[];
  readonly next_cursor: string | null;
}

export interface ProposalQuery {
  readonly job: string | null;
  readonly collection: string | null;
  readonly entity: string | null;
  readonly state: ProposalState | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Form of a cursor. */
export const proposalCursorForm = /^p[0-9]{1,18}$/;
const idForm = /^[0-9]{1,18}$/;

/** Proposals without their texts, the latest first. Questions that nobody has answered yet are left out. */
export async function listProposals(context: DatabaseContext, query: ProposalQuery): Promise<ProposalPageJson> {
  await installationOf(context);
  const { job, collection, entity, state, limit, cursor } = query;
  const states = state === null ? proposalStates.filter((one) => one !== 'asking') : [state];
  const before = cursor === null ? null : cursorOf(cursor);
  const seen = seenByJob(context);
  const found = await read(
    context.parts.db,
    { job, collection, partition: entity, states },
    { before, limit: limit + 1, seen },
  );
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { proposals: page.map(toJson), next_cursor: last === undefined ? null : `p${last.id}` };
}

/** One proposal as a diff of the lines that it is about. */
export async function showProposal(context: DatabaseContext, id: string): Promise<ProposalDetailJson> {
  await installationOf(context);
  return toDetail(await proposalOf(context, context.parts.db, id, false));
}

export type Decision = 'accept' | 'reject' | 'never';

/** A person decides: `accept` and `reject` about this proposal, `never` about what it is about for all time. */
export async function decide(context: DatabaseContext, id: string, decision: Decision): Promise<ProposalDetailJson> {
  await installationOf(context);
  const by = context.requestedBy;
  return boundedTransaction(context.parts.db, async (tx) => {
    const proposal = await proposalOf(context, tx, id, true);
    requireOpen(proposal, decision);
    await decideProposal(tx, id, ({ accept: 'accepted', reject: 'rejected', never: 'never' } as const)[decision], by);
    return toDetail(await proposalOf(context, tx, id, false));
  });
}

function requireOpen({ id, state, content }: StoredProposal, decision: Decision): void {
  const refuse = (message: string, hint: string | null) => {
    throw new OperationError('conflict', 'ProposalClosedError', `proposal ${id} ${message}`, hint);
  };
  if (state === 'asking') refuse('is not answered yet', null);
  if (decision === 'never') return;
  if (state === 'applied') refuse('is applied already', 'Undo the run that applied it: coppice undo RUN.');
  if (decision === 'reject') return;
  if (state === 'outdated') refuse('does not fit the data any more', 'The next run looks at the data anew.');
  if (content === null) refuse('holds nothing to apply', null);
}

async function proposalOf(
  context: DatabaseContext,
  db: DatabaseContext['parts']['db'],
  id: string,
  lock: boolean,
): Promise<StoredProposal> {
  const found = idForm.test(id) ? await findProposal(db, id, seenByJob(context), lock) : null;
  if (found !== null) return found;
  throw new OperationError(
    'missing',
    'UnknownProposalError',
    `there is no proposal '${id}'`,
    'See coppice proposals list.',
  );
}

function cursorOf(cursor: string): string {
  if (proposalCursorForm.test(cursor)) return cursor.slice(1);
  const hint = 'Take next_cursor from the page before as it is.';
  throw new OperationError('usage', 'InvalidCursorError', 'this is no cursor of a list of proposals', hint);
}

function toJson(proposal: ListedProposal): ProposalJson {
  const { type, bot } =
    proposal.job === 'profile-maintenance' ? profileOf(proposal.subject) : { type: 'user', bot: '' };
  return {
    ...{ id: proposal.id, job: proposal.job, collection: proposal.collection, entity_id: proposal.partition },
    ...{ entity_type: type, bot_id: bot === '' ? null : bot, state: proposal.state, due: proposal.due },
    ...{ problem: proposal.problem, model: proposal.model, prompt_version: proposal.promptVersion },
    ...{ calls: proposal.calls, tokens: proposal.tokens, created_at: proposal.createdAt.toISOString() },
    answered_at: proposal.answeredAt?.toISOString() ?? null,
    decided_at: proposal.decidedAt?.toISOString() ?? null,
    decided_by: proposal.decidedBy,
  };
}

function toDetail(proposal: StoredProposal): ProposalDetailJson {
  const { content } = proposal;
  return {
    ...toJson(proposal),
    lines: (content?.lines ?? []).map(({ category, key, value }, at) => ({ line: at + 1, category, key, value })),
    changes: (content?.changes ?? []).map(({ decidedBy, lines, reason, by, added }) => ({
      ...{ decided_by: decidedBy, lines, reason, by, added },
    })),
  };
}
