import { infiniteQueryOptions, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import { type Answer, ApiError, call } from './client.ts';

export type Session = Answer<'GET /api/v1/session'>;
export type Overview = Answer<'GET /api/v1/overview'>;
export type Run = Answer<'GET /api/v1/runs'>['runs'][number];
export type RunDetail = Answer<'GET /api/v1/runs/{run}'>;
export type Survey = NonNullable<RunDetail['survey']>;
export type Job = Answer<'GET /api/v1/jobs'>['jobs'][number];
export type JobDetail = Answer<'GET /api/v1/jobs/{job}'>;
export type Schedule = Answer<'GET /api/v1/schedules'>['schedules'][number];
export type DeadLetter = Answer<'GET /api/v1/dead-letters'>['dead_letters'][number];
export type Collection = Answer<'GET /api/v1/collections'>['collections'][number];
export type Item = Answer<'GET /api/v1/runs/{run}/items'>['items'][number];
export type Group = Answer<'GET /api/v1/groups'>['groups'][number];

/** A view asks again so often while its tab is visible; hidden tabs ask nothing. */
export const pollMs = 10_000;

const mostRetries = 2;

function isTransient(error: Error): boolean {
  return !(error instanceof ApiError) || error.status === 503;
}

/** Whether the same question may be answered later: one that the server does not understand, or refuses, is not. */
export function mayRecover(error: Error): boolean {
  return !(error instanceof ApiError) || ![400, 401, 403, 404].includes(error.status);
}

/** A page that lost its server, or has asked too often, asks again by itself, and not before the server wants it to. */
function intervalOf(error: Error | null, everyMs: number | false): number | false {
  if (error === null) return everyMs;
  if (!mayRecover(error)) return false;
  const asked = error instanceof ApiError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  return Math.max(pollMs / 2, asked);
}

export function polled({ state }: { readonly state: { readonly error: Error | null } }): number | false {
  return intervalOf(state.error, pollMs);
}

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: endSessionOn }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => isTransient(error) && failures < mostRetries,
      retryDelay: (failures) => 500 * 2 ** failures,
      refetchInterval: ({ state }) => intervalOf(state.error, false),
    },
  },
});

/** A revoked token or an expired session: the page asks to sign in, and stays where it was. */
export function endSessionOn(error: Error): void {
  if (error instanceof ApiError && error.status === 401) endSession();
}

/**
 * Forgets all that the session has shown: the next person may not be allowed to see it. The query of the session itself
 * stays, because the page that follows it would not notice that it was replaced.
 */
export function endSession(): void {
  queryClient.setQueryData(['session'], null);
  queryClient.removeQueries({ predicate: ({ queryKey: [name] }) => name !== 'session' });
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      return await call('GET /api/v1/session', { signal });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export const overviewQuery = queryOptions({
  queryKey: ['overview'],
  queryFn: ({ signal }) => call('GET /api/v1/overview', { signal }),
  refetchInterval: polled,
});

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/schedules', { signal })).schedules,
  refetchInterval: polled,
});

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/jobs', { signal })).jobs,
  staleTime: 60_000,
});

export const jobQuery = (job: string) =>
  queryOptions({
    queryKey: ['jobs', job],
    queryFn: ({ signal }) => call('GET /api/v1/jobs/{job}', { path: { job }, signal }),
  });

export const recentRunsQuery = (job: string | null, limit: number) =>
  queryOptions({
    queryKey: ['runs', 'recent', job, limit],
    queryFn: async ({ signal }) =>
      (await call('GET /api/v1/runs', { query: { ...(job === null ? {} : { job }), limit }, signal })).runs,
    refetchInterval: polled,
  });

export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ['run', run],
    queryFn: ({ signal }) => call('GET /api/v1/runs/{run}', { path: { run }, signal }),
    // A run that has ended changes no more, but by the end of its undo.
    refetchInterval: ({ state }) => intervalOf(state.error, state.data?.open_undo == null ? false : pollMs),
  });

const itemPageSize = 50;

/** The ledger of a run. The end of an undo changes it. */
export const itemsQuery = ({ run_id: run, open_undo: undo }: Pick<RunDetail, 'run_id' | 'open_undo'>) =>
  infiniteQueryOptions({
    queryKey: ['items', run, undo],
    queryFn: ({ signal, pageParam }) =>
      call('GET /api/v1/runs/{run}/items', {
        path: { run },
        query: { limit: itemPageSize, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
  });

/** The items that an undo would put back now, asked for when a person is about to decide. */
export const undoOutlookQuery = ({ run_id: run }: Pick<RunDetail, 'run_id'>) =>
  queryOptions({
    queryKey: ['undo-outlook', run],
    queryFn: ({ signal }) => call('GET /api/v1/runs/{run}/undo', { path: { run }, signal }),
    staleTime: 0,
  });

export const collectionsQuery = queryOptions({
  queryKey: ['collections'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/collections', { signal })).collections,
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: ({ signal }) => call('GET /api/v1/health', { signal }),
});

const queueLength = 100;
/** States of a proposal that a person can decide about. */
export const openProposals = ['related', 'proposed'] as const;

/** Lists and items of a review share the first part of their keys. */
export const proposalQueueQuery = queryOptions({
  queryKey: ['proposals', 'queue'],
  queryFn: async ({ signal }) => {
    const ofState = (state: (typeof openProposals)[number]) =>
      call('GET /api/v1/proposals', { query: { state, limit: queueLength }, signal });
    return (await Promise.all(openProposals.map(ofState))).flatMap(({ proposals }) => proposals);
  },
  staleTime: 30_000,
});

export const proposalQuery = (proposal: string) =>
  queryOptions({
    queryKey: ['proposals', 'one', proposal],
    queryFn: ({ signal }) => call('GET /api/v1/proposals/{proposal}', { path: { proposal }, signal }),
  });

export const mergeQueueQuery = queryOptions({
  queryKey: ['merges', 'queue'],
  queryFn: async ({ signal }) =>
    (await call('GET /api/v1/merges', { query: { status: 'review', limit: queueLength }, signal })).merges,
  staleTime: 30_000,
});

export const mergeQuery = (merge: string) =>
  queryOptions({
    queryKey: ['merges', 'one', merge],
    queryFn: ({ signal }) => call('GET /api/v1/merges/{merge}', { path: { merge }, signal }),
  });
