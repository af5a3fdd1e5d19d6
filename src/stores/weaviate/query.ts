import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import type { OpenClass } from './context.ts';
import { fromMessage } from './errors.ts';
import { read } from './read.ts';
import { toGraphQL, type Where } from './where.ts';

/** Below Weaviate's QUERY_MAXIMUM_RESULTS of 10,000, and what one batch delete takes at ease. */
export const PAGE_OBJECTS = 1_000;

export interface FoundObject {
  readonly id: string;
  /** When it was last written, in ms since 1970, as text. */
  readonly revision: string;
  /** The properties asked for, by name; an absent one is null. */
  readonly values: Readonly<Record<string, unknown>>;
}

const answer = z.object({
  errors: z.array(z.object({ message: z.string() })).nullish(),
  data: z.object({ Get: z.record(z.string(), z.array(z.record(z.string(), z.unknown())).nullable()) }).nullish(),
});
const additional = z.object({ id: z.string(), lastUpdateTimeUnix: z.string() });

/**
 * Finds objects by a filter, in no order, a page at most: only REST shows objects exactly, and only GraphQL (and gRPC,
 * whose port many installations keep closed) can filter. A full page means that there may be more.
 */
export async function findPage(
  open: OpenClass,
  where: Where,
  properties: readonly string[],
  signal?: AbortSignal,
): Promise<FoundObject[]> {
  const { http, mapping, schema, tenant } = open;
  const quorum = schema.replicated ? ' consistencyLevel:QUORUM' : '';
  const fields = `${properties.join(' ')} _additional{id lastUpdateTimeUnix}`;
  const owner = tenant === null ? '' : ` tenant:${JSON.stringify(tenant)}`;
  const query = `{Get{${mapping.class}(limit:${PAGE_OBJECTS}${quorum}${owner} where:${toGraphQL(where)}){${fields}}}}`;
  const { body } = await http.call('POST', '/graphql', { body: { query }, signal });
  const { data, errors } = read(answer, body, http.where);
  const [error] = errors ?? [];
  if (error) throw fromMessage(http.where, error.message);
  const rows = data?.Get[mapping.class];
  if (!rows) throw new StoreError('WeaviateError', `${http.where} answered a query without a result`);
  return rows.map(({ _additional, ...values }) => {
    const { id, lastUpdateTimeUnix } = read(additional, _additional, http.where);
    return { id, revision: lastUpdateTimeUnix, values };
  });
}

/** The revisions of those of these objects that stand. At most a page of ids: each is found once or not at all. */
export async function findRevisions(open: OpenClass, ids: readonly string[], signal?: AbortSignal) {
  if (ids.length > PAGE_OBJECTS) throw new RangeError(`at most ${PAGE_OBJECTS} ids a call`);
  const found = await findPage(open, { operator: 'ContainsAny', path: 'id', texts: ids }, [], signal);
  return new Map(found.map((each) => [each.id, each.revision]));
}
