import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { OperationError } from '../../operations/errors.ts';

const form = 'UTF-8, or percent-encoded UTF-8 (no id holds a `%`)';

/** The group of a call, in a header. `groupOfHeader` checks its form. */
export const groupHeader = headerOf(
  `The one group that the call is for: ${form}.`,
  'send the header X-Group-ID with the id of the one group that the call is for',
);

/** The same of a call that may be for all groups. */
export const groupOrAllHeader = headerOf(
  `The one group that the call is for: ${form}; or \`*\` for all groups.`,
  'send the header X-Group-ID with the id of one group, or "X-Group-ID: *", which starts group-maintenance (of recompute-gds: ' +
    'graph-recompute) as one run for all stale groups',
);

function headerOf(description: string, missing: string) {
  return z.object({ 'x-group-id': z.string(missing).min(1, missing).describe(description) });
}

/** Only the bare sign means all groups: no id can be taken for it, since none holds a wildcard. */
export function isForAllGroups({ raw }: FastifyRequest): boolean {
  const given = raw.headersDistinct['x-group-id'] ?? [];
  return given.length === 1 && given[0] === '*';
}

/**
 * A header's bytes reach us as Latin-1. Clients write other scripts as UTF-8 or percent-encode them; what is neither is
 * refused rather than guessed at: the guess could be another group's name.
 */
export function groupOfHeader({ raw }: FastifyRequest): string {
  const [given = '', ...more] = raw.headersDistinct['x-group-id'] ?? [];
  if (more.length > 0) throw invalid('X-Group-ID was sent more than once: one group is named at a time');
  try {
    return decodeURIComponent(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(given, 'latin1')));
  } catch {
    throw invalid('X-Group-ID is neither UTF-8 nor percent-encoded UTF-8');
  }
}

function invalid(message: string): OperationError {
  return new OperationError('usage', 'GroupIdError', message, 'Percent-encode what is not plain ASCII.');
}
