import type { Generated } from 'kysely';

/** Tables that the console reads. */
export interface ConsoleSchema {
  'coppice.bulk_actions': BulkActionsTable;
  'coppice.change_counts': ChangeCountsTable;
  'coppice.collection_days': CollectionDaysTable;
  'coppice.console_links': ConsoleSecretsTable;
  'coppice.console_sessions': ConsoleSecretsTable;
}

/** Changes that ended runs made to collections, added up by the hour of their end (UTC). */
interface ChangeCountsTable {
  hour: Date;
  collection: string;
  job: string;
  /** Name of a total: `deleted_documents` … */
  name: string;
  count: number;
}

/** Rows of a collection, as `upkeep` counted them on a day. */
interface CollectionDaysTable {
  collection: string;
  day: Date;
  rows: number;
}

/** A link that signs in once, or a session: both are found by the SHA-256 of a secret, and act for a token. */
interface ConsoleSecretsTable {
  hash: string;
  token_id: string;
  created_at: Generated<Date>;
  expires_at: Date;
}

/** One action on many dead letters or schedules: ids that were handled are the first `done`. */
interface BulkActionsTable {
  id: string;
  action: string;
  ids: string[];
  requested_by: string;
  reason: string | null;
  done: Generated<number>;
  failed: Generated<unknown>;
  started_at: Generated<Date>;
  worked_at: Generated<Date>;
  finished_at: Date | null;
}
