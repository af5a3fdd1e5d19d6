import type { ProfileChange } from './attribute.ts';
import type { ProfilePlan } from './plan.ts';

/**
 * `asking`: somebody asks. `proposed`: the next run applies it. `nothing`: there is nothing to change. `unusable`: the answer
 * broke the rules. `related`: no run applies it unless a person accepts it. `accepted`, `rejected`, `never`: a person decided;
 * after `never` nothing is asked about the subject. `applied`, `undone`: a run applied it, and an undo took that back.
 * `reverted`: the run that applied it took it back itself. `outdated`: the data changed before it was applied.
 */
export const proposalStates = [
  'asking',
  'proposed',
  'related',
  'nothing',
  'unusable',
  'accepted',
  'rejected',
  'never',
  'applied',
  'undone',
  'reverted',
  'outdated',
] as const;
export type ProposalState = (typeof proposalStates)[number];

/** Texts of the application in a proposal. It leaves Coppice's database only for people who may see the entity. */
export interface ProposalContent extends Pick<ProfilePlan, 'removed' | 'added' | 'categories'> {
  readonly lines: readonly {
    readonly id: string;
    readonly category: string;
    readonly key: string;
    readonly value: string;
  }[];
  readonly changes: readonly ProfileChange[];
  /** Digest of the lines. */
  readonly data: string;
  /** Of the added text, where it takes the place of the text of a memory. */
  readonly vector?: readonly number[];
}

/**
 * Reads the type and the bot of a profile from the subject of its proposal, which `JSON.stringify([type, bot])` wrote.
 */
export function profileOf(subject: string): { readonly type: string; readonly bot: string } {
  const parts: unknown = JSON.parse(subject);
  const [type = '', bot = ''] = Array.isArray(parts) ? parts.map(String) : [];
  return { type, bot };
}
