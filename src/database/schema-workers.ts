import type { Generated } from 'kysely';

export interface WorkersTable {
  /** As Temporal lists it among the pollers of the task queue. */
  identity: string;
  seen_at: Generated<Date>;
  /** Null while it polls. */
  stopped_at: Date | null;
  /** Of its configuration. */
  schedule_prefix: string | null;
}
