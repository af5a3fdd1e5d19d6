import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';
import type {
  Approval,
  ErrorJson,
  FailedCollection,
  Finding,
  Holder,
  Rejection,
  RunKind,
  RunStatus,
  SurveyJson,
  Totals,
} from '../domain/run.ts';
import type { DecayBasesTable, RuleHoldsTable } from './schema-changes.ts';
import type { ConsoleSchema } from './schema-console.ts';
import type { GraphGroupsTable, LedgerGraphTable } from './schema-graphs.ts';
import type { MergesTable } from './schema-merges.ts';
import type {
  AddedRowsTable,
  EntityResultsTable,
  MemoryVerdictsTable,
  ModelBudgetsTable,
  ModelUsageTable,
  ProposalsTable,
} from './schema-proposals.ts';
import type { RunCountsTable, RunTotalsTable } from './schema-run-counts.ts';
import type { TokensTable } from './schema-tokens.ts';
import type { FormerReportsTable, TopicScopesTable, TopicsTable } from './schema-topics.ts';
import type { WorkersTable } from './schema-workers.ts';

/** Coppice's own tables, all in PostgreSQL schema `coppice`. */
export interface CoppiceSchema extends ConsoleSchema {
  'coppice.installation': InstallationTable;
  'coppice.runs': RunsTable;
  'coppice.run_partitions': RunPartitionsTable;
  'coppice.run_counts': RunCountsTable;
  'coppice.run_totals': RunTotalsTable;
  'coppice.leases': LeasesTable;
  'coppice.partition_locks': PartitionLocksTable;
  'coppice.dead_letters': DeadLettersTable;
  'coppice.holds': HoldsTable;
  'coppice.rule_holds': RuleHoldsTable;
  'coppice.decay_bases': DecayBasesTable;
  'coppice.ledger_tables': LedgerTablesTable;
  'coppice.ledger_vectors': LedgerVectorsTable;
  'coppice.ledger_graph': LedgerGraphTable;
  'coppice.graph_groups': GraphGroupsTable;
  'coppice.sources': SourcesTable;
  'coppice.swaps': SwapsTable;
  'coppice.alerts': AlertsTable;
  'coppice.measurements': MeasurementsTable;
  'coppice.starts': StartsTable;
  'coppice.tokens': TokensTable;
  'coppice.workers': WorkersTable;
  'coppice.proposals': ProposalsTable;
  'coppice.model_budgets': ModelBudgetsTable;
  'coppice.model_usage': ModelUsageTable;
  'coppice.added_rows': AddedRowsTable;
  'coppice.entity_results': EntityResultsTable;
  'coppice.memory_verdicts': MemoryVerdictsTable;
  'coppice.topics': TopicsTable;
  'coppice.topic_scopes': TopicScopesTable;
  'coppice.former_reports': FormerReportsTable;
  'coppice.merges': MergesTable;
}

export type Db = Kysely<CoppiceSchema>;
export type Tx = Transaction<CoppiceSchema>;

/** Read as an object, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;
type NullableJson<T> = ColumnType<T | null, string | null, string | null>;

interface InstallationTable {
  id: string;
  /** As configured; null until a worker whose configuration has a name records it. */
  name: string | null;
  /** Of the configuration that workers started with last; null until one has. */
  schedule_prefix: string | null;
  created_at: Generated<Date>;
  /** Of the server the database was made on; null where it cannot be read. */
  system_identifier: string | null;
  /** Of the database within that server; null until it is recorded. */
  database_oid: number | null;
  /** When a person let this database take another's place: from then on schedules are created paused. */
  adopted_at: Date | null;
}

export interface RunsTable {
  /** Short number of the run; stands in the ledger, where a run id would cost 36 bytes a row. */
  no: Generated<number>;
  run_id: string;
  workflow_id: string;
  namespace: string;
  job: string;
  kind: RunKind;
  status: RunStatus;
  parameters: Json<Record<string, unknown>>;
  requested_by: string | null;
  /** Why a person asked for the run, in that person's words. */
  reason: Generated<string | null>;
  asked_at: Generated<Date>;
  started_at: Date | null;
  finished_at: Date | null;
  cutoff: Date | null;
  /** Fingerprint of the mapping that the survey was made with. */
  fingerprint: string | null;
  survey: NullableJson<SurveyJson>;
  totals: Json<Totals>;
  approval: NullableJson<Approval>;
  rejection: NullableJson<Rejection>;
  undoes: string | null;
  /** Whether what the run removes is kept, for an undo. */
  ledger: Generated<boolean>;
  holder: NullableJson<Holder>;
  error: NullableJson<ErrorJson>;
  /** Collections that could not be looked at: the others were handled. */
  failed_collections: ColumnType<readonly FailedCollection[], string | undefined, string>;
  /** Memory and CPU that workers used for the run; null where none was measured. */
  peak_memory_bytes: Generated<number | null>;
  cpu_ms: Generated<number | null>;
  worked_ms: Generated<number | null>;
}

export type PartitionState = 'waiting' | 'working' | 'done' | 'dead';

export interface RunPartitionsTable {
  run_no: number;
  no: number;
  collection: string;
  partition: string;
  rows: number;
  due: number;
  state: Generated<PartitionState>;
  /** Last id handled, as text; the checkpoint. */
  after: string | null;
  /** Rises with every committed batch: what "progress" means. */
  progress: Generated<number>;
  /** How often an activity vanished while it worked on this partition. */
  crashes: Generated<number>;
  totals: ColumnType<Totals, string | undefined, string>;
  /** Rows removed, net of those put back: the brake adds them up. */
  removed: Generated<number>;
  /** Rows that the ledger records. Releases before 0.2 wrote `removed` alone. */
  recorded: Generated<number>;
  /** Ids that an undo refused, the first hundred. */
  refused: ColumnType<readonly string[], string | undefined, string>;
  /** Rows, collections and stores that were left out, with the reason. */
  findings: ColumnType<readonly Finding[], string | undefined, string>;
  started_at: Date | null;
  finished_at: Date | null;
}

interface LeasesTable {
  /** The job, or `undo:<run id>`. */
  name: string;
  generation: number;
  /** Null when nobody holds it. */
  run_id: string | null;
  workflow_id: string | null;
  namespace: string | null;
  acquired_at: Date | null;
}

interface PartitionLocksTable {
  /** Hash of collection and partition: names may be longer than an index can hold. */
  key: string;
  collection: string;
  partition: string;
  epoch: number;
  /** Null when nobody holds it. */
  run_id: string | null;
  workflow_id: string | null;
  namespace: string | null;
  updated_at: Generated<Date>;
}

export interface DeadLettersTable {
  id: Generated<string>;
  job: string;
  key: string;
  collection: string;
  partition: string;
  run_id: string;
  attempts: number;
  error: Json<ErrorJson>;
  parameters: Json<Record<string, unknown>>;
  first_at: Generated<Date>;
  last_at: Generated<Date>;
}

export interface HoldsTable {
  collection: string;
  row_id: string;
  partition: string;
  /** The row's dates when it was restored, as written; when they change, the hold no longer counts. */
  dates: string;
  run_id: string;
  created_at: Generated<Date>;
}

interface LedgerTablesTable {
  /** Name of the ledger table, in schema `coppice`. */
  name: string;
  collection: string;
  /** `rows`, `chunks`, or `child SCHEMA.TABLE`. */
  part: string;
  /** Columns of the mapped table when this ledger table was made, in order. */
  columns: Json<readonly string[]>;
  created_at: Generated<Date>;
}

/** Prior images of vectors that live outside the database. */
interface LedgerVectorsTable {
  run_no: number;
  day: Date;
  collection: string;
  part_no: number;
  row_id: string;
  vector_id: string;
  properties: Json<Record<string, unknown>>;
  vectors: Json<Record<string, string>>;
  revision: string | null;
}

/** Outcome of the last attempt to fetch a document again. */
export type LookOutcome = 'refreshed' | 'unchanged' | 'gone' | 'refused' | 'failed' | 'changed_meanwhile';

/** State of a document's source. Values of the application's columns are never stored here. */
export interface SourcesTable {
  collection: string;
  row_id: string;
  /** The address that the validators belong to. */
  url: string | null;
  etag: string | null;
  last_modified: string | null;
  /** SHA-256 of the text that the validators stand for. */
  content_hash: string | null;
  looked_at: Generated<Date>;
  run_no: number;
  part_no: number;
  /** Of the activity that looked last: a later one tries again what failed. */
  epoch: number;
  outcome: LookOutcome;
  reason: string | null;
}

/** New vectors of a document that are written to another store, until the old ones are gone. */
export interface SwapsTable {
  collection: string;
  row_id: string;
  partition: string;
  run_no: number;
  part_no: number;
  /** `switched` from the transaction on that makes the row speak of the new ones. */
  state: 'written' | 'switched';
  new_ids: Json<readonly string[]>;
  /** As they were read before anything was written. */
  old: Json<readonly { readonly id: string; readonly revision: string | null }[]>;
  created_at: Generated<Date>;
}

export interface AlertsTable {
  id: Generated<string>;
  /** Name of a rule of `domain/alert-settings.ts`. */
  rule: string;
  /** Subject of the alert: a job, a run, a schedule or a collection. Open alerts are unique by rule and subject. */
  subject: string;
  message: string;
  fired_at: Generated<Date>;
  /** When a check last found it so. */
  seen_at: Generated<Date>;
  /** Null while it stands. */
  resolved_at: Date | null;
  /** When the webhook took the news; null while it has not. */
  firing_sent_at: Date | null;
  resolved_sent_at: Date | null;
}

/** Counts that take too long to be made at every check. */
interface MeasurementsTable {
  name: string;
  value: Json<Record<string, unknown>>;
  measured_at: Generated<Date>;
}

/** Runs that are just being started: the queue's limit counts them before they have a record. */
interface StartsTable {
  id: string;
  asked_at: Generated<Date>;
}
