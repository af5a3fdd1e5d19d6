import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
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

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: endSessionOn }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => isTransient(error) && failures < mostRetries,
      retryDelay: (failures) => 500 * 2 ** failures,
      // A page that lost its server asks again by itself.
      refetchInterval: ({ state }) => (state.status === 'error' ? pollMs / 2 : false),
    },
  },
});

/** A revoked token or an expired session: the page asks to sign in, and stays where it was. */
export function endSessionOn(error: Error): void {
  if (error instanceof ApiError && error.status === 401) queryClient.setQueryData(['session'], null);
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
  refetchInterval: pollMs,
});

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: async ({ signal }) => (await call('GET /api/v1/schedules', { signal })).schedules,
  refetchInterval: pollMs,
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
    refetchInterval: pollMs,
  });

export const runQuery = (run: string) =>
  queryOptions({
    queryKey: ['run', run],
    queryFn: ({ signal }) => call('GET /api/v1/runs/{run}', { path: { run }, signal }),
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

export const proposalQueueQuery = queryOptions({
  queryKey: ['proposals', 'proposed'],
  queryFn: async ({ signal }) => {
    const ofState = (state: (typeof openProposals)[number]) =>
      call('GET /api/v1/proposals', { query: { state, limit: queueLength }, signal });
    return (await Promise.all(openProposals.map(ofState))).flatMap(({ proposals }) => proposals);
  },
  staleTime: 30_000,
});

export const mergeQueueQuery = queryOptions({
  queryKey: ['merges', 'review'],
  queryFn: async ({ signal }) =>
    (await call('GET /api/v1/merges', { query: { status: 'review', limit: queueLength }, signal })).merges,
  staleTime: 30_000,
});
