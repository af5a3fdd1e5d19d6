import type { CollectionStores } from './activities/collection-stores.ts';
import type { RefreshTools } from './activities/document-refresh/tools.ts';
import { documentRefreshSweepable } from './activities/document-refresh.ts';
import { memoryCleanupSweepable } from './activities/memory-cleanup.ts';
import { type ConsolidationTools, memoryConsolidationSweepable } from './activities/memory-consolidation/index.ts';
import { memoryDecay } from './activities/memory-decay.ts';
import { memoryDedupSweepable } from './activities/memory-dedup.ts';
import { type ProfileTools, profileMaintenanceSweepable } from './activities/profile-maintenance/index.ts';
import { changeSweepable } from './activities/row-changes.ts';
import type { Sweepable } from './activities/sweep/sweepable.ts';
import { topicExtractionSweepable } from './activities/topic-extraction/index.ts';
import type { TopicTools } from './activities/topic-extraction/tools.ts';
import { ttlCleanupSweepable } from './activities/ttl-cleanup.ts';
import type { RowJobId } from './jobs/index.ts';
import { outsideVectors } from './stores/weaviate/refresh-images.ts';

/** Dependencies of jobs on rows beside the stores. */
export type RowTools = RefreshTools & ProfileTools & ConsolidationTools & TopicTools;

/** Joins a job's rule to the stores of one collection. */
type RowJob = (stores: CollectionStores, tools: RowTools) => Sweepable;

/** One line for each job on rows. */
const rowJobs: Readonly<Record<RowJobId, RowJob>> = {
  'ttl-cleanup': ({ store, vectors }) => ttlCleanupSweepable(store, vectors),
  'memory-decay': ({ store }) => changeSweepable(store, memoryDecay),
  'memory-dedup': ({ store, vectors }) => memoryDedupSweepable(store, vectors),
  'memory-cleanup': ({ store, vectors }) => memoryCleanupSweepable(store, vectors),
  'memory-consolidation': ({ store, vectors }, tools) => memoryConsolidationSweepable(store, vectors, tools),
  'profile-maintenance': ({ store }, tools) => profileMaintenanceSweepable(store, tools),
  'topic-extraction': ({ store }, tools) => topicExtractionSweepable(store, tools),
  'document-refresh': ({ store, vectors }, tools) =>
    documentRefreshSweepable(store, outsideVectors(store.mapping, vectors), tools),
};

export function rowSweepable(job: string, stores: CollectionStores, tools: RowTools): Sweepable {
  if (!isRowJob(job)) throw new Error(`job ${job} does not work on rows`);
  return rowJobs[job](stores, tools);
}

/** Vectors in the rows' own database are the store's own matter: only those outside take part by themselves. */
export function withOutsideVectors(stores: CollectionStores): CollectionStores {
  return stores.store.mapping.vectors.in === 'weaviate' ? stores : { ...stores, vectors: null };
}

function isRowJob(job: string): job is RowJobId {
  return job in rowJobs;
}
