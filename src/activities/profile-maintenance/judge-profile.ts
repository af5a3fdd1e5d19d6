import type { Attribute, Operation, ProfileChange } from '../../domain/profiles/attribute.ts';
import { changesByRules } from '../../domain/profiles/by-rules.ts';
import { AnswerRefusedError, checkedAnswer } from '../../domain/profiles/check-answer.ts';
import { planOf } from '../../domain/profiles/plan.ts';
import type { ProposalContent } from '../../domain/profiles/proposal.ts';
import type { ShownLine } from '../../language/prompts/profile-maintenance.ts';
import type { Profile } from '../../stores/ports/attribute-table.ts';

/** The verdict on one profile: its changes, or the reason why there are none. */
export interface Judged {
  readonly state: 'proposed' | 'nothing' | 'unusable';
  readonly content: ProposalContent | null;
  readonly problem: string | null;
  readonly due: number;
}

/** A profile with what rules alone find in it, and the lines that are left for a model. */
export interface Examined {
  readonly profile: Profile;
  readonly byRules: readonly ProfileChange[];
  /** Numbers of the lines that a model is shown, in the order in which it is shown them. */
  readonly left: readonly number[];
}

export function examined(profile: Profile): Examined {
  const byRules = changesByRules(profile.attributes);
  const decided = new Set(byRules.flatMap(({ lines }) => lines));
  const left = profile.attributes.flatMap((_, at) => (decided.has(at + 1) ? [] : [at + 1]));
  return { profile, byRules, left };
}

export function shownLines({ profile, left }: Examined): ShownLine[] {
  return linesAt(profile.attributes, left).map(({ category, key, value, updatedAt }, at) => ({
    ...{ line: at + 1, category, key, value, written: updatedAt?.toISOString().slice(0, 10) ?? null },
  }));
}

/** The changes that rules alone find. */
export function judgedByRules({ profile, byRules }: Examined, maxShare: number): Judged {
  return planned(profile, () => byRules, maxShare);
}

/** The changes that rules and a model find together. An answer that breaks a rule leaves the whole profile as it is. */
export function judgedByModel(one: Examined, operations: readonly Operation[], maxShare: number): Judged {
  const { profile, byRules, left } = one;
  const original = (line: number) => left[line - 1] ?? 0;
  return planned(
    profile,
    () => [
      ...byRules,
      ...checkedAnswer(linesAt(profile.attributes, left), operations).map((change) => ({
        ...change,
        lines: change.lines.map(original),
        by: change.by === null ? null : original(change.by),
      })),
    ],
    maxShare,
  );
}

export function unusable(problem: string): Judged {
  return { state: 'unusable', content: null, problem, due: 0 };
}

function planned(profile: Profile, changesOf: () => readonly ProfileChange[], maxShare: number): Judged {
  try {
    const { changes, removed, added, categories } = planOf(profile.attributes, changesOf(), maxShare);
    if (changes.length === 0) return { state: 'nothing', content: null, problem: null, due: 0 };
    const lines = profile.attributes.map(({ id, category, key, value }) => ({ id, category, key, value }));
    const content = { lines, changes, removed, added, categories, data: profile.data };
    return { state: 'proposed', content, problem: null, due: removed.length };
  } catch (error) {
    if (error instanceof AnswerRefusedError) return unusable(error.message);
    throw error;
  }
}

function linesAt(attributes: readonly Attribute[], numbers: readonly number[]): Attribute[] {
  return numbers.flatMap((line) => attributes[line - 1] ?? []);
}
