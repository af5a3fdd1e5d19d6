import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { JobSettings } from '../../config/config.ts';
import type { WebhookConfig } from '../../config/webhook.ts';
import type { Db } from '../../database/schema.ts';
import type { Meter } from './meter.ts';
import type { Sweepable } from './sweepable.ts';
import type { Timings } from './types.ts';

/** Dependencies that the worker passes to its activities. */
export interface SweepDeps {
  readonly db: Db;
  readonly client: Client;
  readonly installation: string;
  readonly log: Logger;
  /** Whether the log may contain a store's own words, which may quote rows. */
  readonly logStoreTexts: boolean;
  readonly timings: Timings;
  /** How long one statement may take where nothing else is said. */
  readonly statementTimeoutMs: number;
  readonly searchAttributes: boolean;
  readonly webhook: WebhookConfig | null;
  readonly meter: Meter;
  /** Aborts when the worker is told to stop, long before its grace time is over. */
  readonly stopping: AbortSignal;
  settings(job: string): JobSettings;
  /** Digests of what workers must agree in to share a run of the job, by name: each collection's mapping, and more. */
  configuration(job: string): Readonly<Record<string, string>>;
  sweepables(job: string): readonly Sweepable[];
  /** Task queue of the partitions of a collection; `null`: that of the run. */
  queueOf(collection: string): string | null;
}
