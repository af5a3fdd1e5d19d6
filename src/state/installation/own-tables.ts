import { sql } from 'kysely';
import type { CoppiceSchema, Db } from '../../database/schema.ts';

/** Typed, so that a table added to the schema cannot be forgotten here. */
const fixed: Readonly<Record<keyof CoppiceSchema, true>> = {
  'coppice.installation': true,
  'coppice.runs': true,
  'coppice.run_partitions': true,
  'coppice.run_counts': true,
  'coppice.run_totals': true,
  'coppice.leases': true,
  'coppice.partition_locks': true,
  'coppice.dead_letters': true,
  'coppice.holds': true,
  'coppice.rule_holds': true,
  'coppice.decay_bases': true,
  'coppice.ledger_tables': true,
  'coppice.ledger_vectors': true,
  'coppice.ledger_graph': true,
  'coppice.graph_groups': true,
  'coppice.sources': true,
  'coppice.swaps': true,
  'coppice.alerts': true,
  'coppice.measurements': true,
  'coppice.starts': true,
  'coppice.tokens': true,
  'coppice.workers': true,
  'coppice.proposals': true,
  'coppice.model_budgets': true,
  'coppice.model_usage': true,
  'coppice.added_rows': true,
  'coppice.entity_results': true,
  'coppice.memory_verdicts': true,
  'coppice.topics': true,
  'coppice.topic_scopes': true,
  'coppice.former_reports': true,
  'coppice.bulk_actions': true,
  'coppice.change_counts': true,
  'coppice.collection_days': true,
  'coppice.console_links': true,
  'coppice.console_sessions': true,
  'coppice.merges': true,
};
/** Functions of triggers on these tables. */
export const ownFunctions = [
  'count_runs_on_insert',
  'count_runs_on_update',
  'count_runs_on_delete',
  'note_recompute',
  'count_changes',
];

const ofMigrations = ['migrations', 'migrations_lock'];

/** Names of the tables in schema `coppice` that Coppice made, and of no others that somebody may have put there. */
export async function ownTables(db: Db): Promise<string[]> {
  const known = [...Object.keys(fixed).map((name) => name.replace('coppice.', '')), ...ofMigrations];
  const { rows: ledger } = await sql<{ stands: boolean }>`
    select to_regclass('coppice.ledger_tables') is not null as stands`.execute(db);
  const ledgers =
    ledger[0]?.stands === true ? await db.selectFrom('coppice.ledger_tables').select('name').execute() : [];
  const named = [...known, ...ledgers.map(({ name }) => name)];
  const { rows } = await sql<{ name: string }>`
    select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'coppice' and c.relkind = 'r'
      and (c.relname = any(${named}::text[]) or c.relname ~ '^(items|changes)_[0-9]+_')
    order by 1`.execute(db);
  return rows.map(({ name }) => name);
}
