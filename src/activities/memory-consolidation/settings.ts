import { createHash } from 'node:crypto';
import { consolidationRulesVersion } from '../../domain/consolidation/restatement.ts';
import type { ProposalState } from '../../domain/profiles/proposal.ts';
import type { Parameters } from '../../jobs/job.ts';

/** The parameters of a run. */
export interface ConsolidationSettings {
  /** `null`: memories of all bots. */
  readonly bot: string | null;
  /** `null`: the configured model. */
  readonly model: string | null;
  readonly maxCalls: number;
  readonly maxTokens: number;
  readonly reask: boolean;
  /** States of proposals that the run applies. */
  readonly states: readonly ProposalState[];
  /** Digest of the rules' version, which is part of every question. */
  readonly terms: string;
}

export function settingsOf(parameters: Parameters): ConsolidationSettings {
  const text = (name: string) => (typeof parameters[name] === 'string' ? parameters[name] : '');
  const states: readonly ProposalState[] = parameters.apply === 'accepted' ? ['accepted'] : ['proposed', 'accepted'];
  return {
    bot: text('bot_id') === '' || text('bot_id') === '*' ? null : text('bot_id'),
    model: text('model') === '' ? null : text('model'),
    maxCalls: Number(parameters.max_calls ?? 0),
    maxTokens: Number(parameters.max_tokens ?? 0),
    reask: parameters.reask === true,
    states: parameters.dry_run === true ? [] : states,
    terms: digestOf([consolidationRulesVersion]),
  };
}

export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
