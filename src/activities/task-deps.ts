import type { WebhookConfig } from '../config/webhook.ts';
import type { AlertSettings } from '../domain/alert-settings.ts';
import type { Model } from '../language/model/port.ts';
import type { SimilaritySearch } from '../similarity/similarity-search.ts';
import type { GraphStore } from '../stores/ports/graph-store.ts';
import type { CollectionStores } from './collection-stores.ts';
import type { SweepDeps } from './sweep/deps.ts';

/** One thing outside that a run needs, and how to find out whether it answers. */
export interface Probe {
  readonly name: string;
  /** Resolves with a word about what answered; rejects with the reason why it does not. */
  probe(signal: AbortSignal): Promise<string>;
}

/** Further dependencies that the worker passes to jobs that are one task. */
export interface TaskDeps extends SweepDeps {
  readonly namespace: string;
  readonly collections: readonly CollectionStores[];
  readonly graphs: readonly GraphStore[];
  /** Stores and endpoints beside the database and Temporal. */
  readonly probes: readonly Probe[];
  /** Searches for neighbours among vectors. */
  readonly search: SimilaritySearch;
  /** Language model; `null`: none is configured. */
  readonly model: Model | null;
  readonly alerts: AlertSettings;
  /** Is sent a digest each week; `null`: none is sent. */
  readonly digest: WebhookConfig | null;
  /** Ids of the schedules that this installation made. */
  ownSchedules(): AsyncIterable<string>;
  /** Ids of the jobs that are configured. */
  readonly jobs: readonly string[];
}
