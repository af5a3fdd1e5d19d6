import { visiblePartitions } from '../../domain/access.ts';
import { profileOf } from '../../domain/profiles/proposal.ts';
import { sweepJobOf } from '../../jobs/index.ts';
import { entityResults } from '../../state/proposals/entity-results.ts';
import { type DatabaseContext, runOf } from '../context.ts';
import { OperationError } from '../errors.ts';

/** Changes that a run made to one profile. */
export interface EntityResultJson {
  readonly collection: string;
  readonly entity_id: string;
  readonly entity_type: string;
  readonly bot_id: string | null;
  readonly attributes_before: number;
  readonly attributes_after: number;
  readonly categories_updated: readonly string[];
  readonly error: string | null;
}

export interface EntityPageJson {
  readonly entities: readonly EntityResultJson[];
  readonly next_cursor: string | null;
}

/** The form of a cursor. Every text of this form names a place in the list. */
export const entityCursorForm = /^e[A-Za-z0-9_-]{1,12000}$/;

/** Occurs in no text that PostgreSQL holds. */
const separator = '\u0000';

/** Profiles that a run has looked at, in the order of their entities. */
export async function listEntityResults(
  context: DatabaseContext,
  id: string,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<EntityPageJson> {
  const run = await runOf(context, id);
  const seen = visiblePartitions(context.view, sweepJobOf(run.job)?.partition ?? null);
  const after = page.cursor === null ? null : decoded(page.cursor);
  const found = await entityResults(context.parts.db, run.no, { seen, after, limit: page.limit + 1 });
  const shown = found.slice(0, page.limit);
  const last = found.length > page.limit ? shown.at(-1) : undefined;
  return {
    entities: shown.map(({ collection, partition, subject, before, after: left, categories, error }) => {
      const { type, bot } = profileOf(subject);
      return {
        ...{ collection, entity_id: partition, entity_type: type, bot_id: bot === '' ? null : bot },
        ...{ attributes_before: before, attributes_after: left, categories_updated: categories, error },
      };
    }),
    next_cursor: last === undefined ? null : encoded([last.collection, last.partition, last.subject]),
  };
}

function encoded(place: readonly [string, string, string]): string {
  return `e${Buffer.from(place.join(separator)).toString('base64url')}`;
}

function decoded(cursor: string): readonly [string, string, string] {
  if (entityCursorForm.test(cursor)) {
    const [collection = '', partition = '', subject = ''] = Buffer.from(cursor.slice(1), 'base64url')
      .toString()
      .split(separator);
    return [collection, partition, subject];
  }
  const hint = 'Take next_cursor from the page before as it is.';
  throw new OperationError('usage', 'InvalidCursorError', 'this is no cursor of a list of entities', hint);
}
