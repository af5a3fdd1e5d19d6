import { createHash } from 'node:crypto';
import { z } from 'zod';
import { profileRulesVersion } from '../../domain/profiles/attribute.ts';
import type { ProposalState } from '../../domain/profiles/proposal.ts';
import type { Parameters } from '../../jobs/job.ts';
import type { ProfileFilter } from '../../stores/ports/attribute-table.ts';

export const jobId = 'profile-maintenance';

/** The parameters of a run. */
export interface ProfileSettings {
  readonly filter: ProfileFilter;
  /** `null`: the configured model. */
  readonly model: string | null;
  readonly maxShare: number;
  readonly maxCalls: number;
  readonly maxTokens: number;
  readonly reask: boolean;
  /** States of proposals that the run applies. */
  readonly states: readonly ProposalState[];
  /** Digest of the rules' version and of the limits, which are part of every question. */
  readonly terms: string;
}

export function settingsOf(parameters: Parameters): ProfileSettings {
  const maxShare = Number(parameters.max_share ?? 0.5);
  const text = (name: string) => (typeof parameters[name] === 'string' ? parameters[name] : '');
  const chosen = (name: string, all: string) => (text(name) === all || text(name) === '' ? null : text(name));
  const entities = entitiesOf(text('entity_id'));
  const states: readonly ProposalState[] = parameters.apply === 'accepted' ? ['accepted'] : ['proposed', 'accepted'];
  return {
    filter: {
      entities: entities.length === 0 ? null : entities,
      type: chosen('entity_type', '*'),
      bot: chosen('bot_id', '*'),
    },
    model: text('model') === '' ? null : text('model'),
    maxShare,
    maxCalls: Number(parameters.max_calls ?? 0),
    maxTokens: Number(parameters.max_tokens ?? 0),
    reask: parameters.reask === true,
    states: parameters.dry_run === true ? [] : states,
    terms: createHash('sha256')
      .update(JSON.stringify([profileRulesVersion, maxShare]))
      .digest('hex')
      .slice(0, 16),
  };
}

const listOfIds = z.array(z.string());

/** Ids with commas between them, or a JSON array for ids that contain a comma. */
function entitiesOf(given: string): readonly string[] {
  const asJson = given.startsWith('[') ? listOfIds.safeParse(parsed(given)).data : undefined;
  return asJson ?? given.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
