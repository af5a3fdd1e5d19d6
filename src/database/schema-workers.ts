import type { Generated } from 'kysely';

export interface WorkersTable {
  /** As Temporal lists it among the pollers of the task queue. */
  identity: string;
  seen_at: Generated<Date>;
  /** Null while it polls. */
  stopped_at: Date | null;
  /** Of its configuration. */
  schedule_prefix: string | null;
  /** Null in rows of an earlier release, as is all that follows. */
  started_at: Date | null;
  /** Digest of its configuration. */
  configuration: string | null;
  /** Version of Coppice. */
  release: string | null;
}
