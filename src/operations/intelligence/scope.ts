import { resolveParameters } from '../../activities/sweep/parameters.ts';
import { visiblePartitions } from '../../domain/access.ts';
import type { InsightScope } from '../../domain/insights/insight.ts';
import { kindOf } from '../../domain/mapped-fields.ts';
import { hasResultTables } from '../../state/intelligence/tables.ts';
import { type DatabaseContext, installationOf, jobOf } from '../context.ts';
import { OperationError } from '../errors.ts';

/** Whose questions somebody may ask about. */
export interface AskedScope {
  readonly scope: InsightScope;
  /** Of the scope `user`: whose; `null`: all users. */
  readonly users: readonly string[] | null;
  readonly collections: readonly string[];
}

/** None where no collection of questions is configured, or the tables of results do not exist yet. */
export async function collectionsOfQuestions(context: DatabaseContext): Promise<readonly string[]> {
  await installationOf(context);
  const { config, db } = context.parts;
  const names = config.collections.filter((one) => kindOf(one) === 'queries').map(({ name }) => name);
  return names.length > 0 && (await hasResultTables(db)) ? names : [];
}

/**
 * A token that is limited to users sees only theirs, and nothing of the organisation. Everybody else sees the organisation,
 * unless a user is named.
 */
export async function scopeOf(
  context: DatabaseContext,
  { user = null, scope = null }: { readonly user?: string | null; readonly scope?: InsightScope | null },
): Promise<AskedScope> {
  const collections = await collectionsOfQuestions(context);
  const seen = visiblePartitions(context.view, 'user');
  if (user !== null && seen !== null && !seen.includes(user)) throw forbidden('the questions of this user');
  if (seen !== null && scope === 'organisation') throw forbidden('what concerns the whole organisation');
  if (user !== null) return { scope: 'user', users: [user], collections };
  if (scope === 'user' || seen !== null) return { scope: 'user', users: seen, collections };
  return { scope: 'organisation', users: null, collections };
}

function forbidden(what: string): OperationError {
  return new OperationError(
    'forbidden',
    'LimitedTokenError',
    `the token is limited to some users and may not see ${what}`,
    'Use a token without such limits, or one for this user.',
  );
}

/** How many users must share what the organisation is told. */
export function leastUsersOf(context: DatabaseContext): number {
  return Number(resolveParameters(jobOf(context, 'insight-generation'), {}).minimum_users);
}
