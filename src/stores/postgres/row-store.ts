import { sql } from 'kysely';
import { quoted, tableRef } from '../../database/identifiers.ts';
import type { Db, Tx } from '../../database/schema.ts';
import { ownTables } from '../../domain/children.ts';
import type { LedgerAddress } from '../../domain/ledger-address.ts';
import { fieldOf, kindOf } from '../../domain/mapped-fields.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import type { Rule } from '../../domain/rules/index.ts';
import { StoreError } from '../../domain/store-errors.ts';
import { changesSize } from '../../state/ledger/changes.ts';
import {
  ensureLedgerLookup,
  ensureLedgerTable,
  hasLedgerTable,
  type LedgerSource,
  ledgerName,
  ledgerSize,
  recordedLedgers,
} from '../../state/ledger/ledger.ts';
import { keepsRemoved } from '../../state/runs/runs.ts';
import { type Inspection, MappingError } from '../ports/inspection.ts';
import type { RowStore, RowTable } from '../ports/row-store.ts';
import { createAttributeTable } from './attributes/attribute-table.ts';
import { applyBatch, applyTogether, changeOf } from './changes/apply.ts';
import { createChangesTable, createMergesTable, hasChangesTable } from './changes/change-tables.ts';
import { rehearseChange } from './changes/rehearse.ts';
import { forgetVanished, undoChanges } from './changes/undo.ts';
import { countDueChildren } from './children/count-due.ts';
import { membersOf } from './children/family.ts';
import { intendCopies, removeCopies, removeCopiesTogether, settleCopies } from './copies/remove-copies.ts';
import { undoMerges } from './copies/undo-merges.ts';
import { withHolds } from './due.ts';
import { collectItems, itemsBeyond, nextItems } from './items.ts';
import { comparableQuestions } from './memories/comparable-questions.ts';
import { createMemoryTable } from './memories/memory-table.ts';
import { createQueryTable } from './queries/query-table.ts';
import { createRefreshTable } from './refresh/refresh.ts';
import { intend } from './removal/intend.ts';
import { referencesItself } from './removal/referenced.ts';
import { rehearse } from './removal/rehearse.ts';
import { removeBatch, removeTogether } from './removal/remove.ts';
import { abandonedIntents, dropIntents, pendingIntents, settle } from './removal/settle.ts';
import { nextRestores, refuse, restorable, restore } from './restore/restore.ts';
import { judgeRow } from './rules/index.ts';
import { sparesLinked } from './rules/links.ts';
import { constraintsOf } from './schema/constraints.ts';
import { ensureDefaultSchema } from './schema/default-schema.ts';
import { inspect } from './schema/inspect.ts';
import { withLiveColumns } from './schema/json-columns.ts';
import { lookupColumns, relatedTables } from './schema/related.ts';
import { display } from './schema/table-info.ts';
import { updateCost } from './schema/update-cost.ts';
import { inCollection } from './scope.ts';
import { sampleIds, surveyPartitions } from './survey.ts';
import { asRecorded, type LiveTable, liveTable } from './table.ts';
import { liftVanished } from './vanished-holds.ts';

export interface DocumentStoreOptions {
  /** `migrate`: a run never makes tables of the ledger, the owner's `coppice migrate` does. */
  readonly ledgerTables?: 'run' | 'migrate';
  /** All collections of the configuration: rows of one may reference rows of another. */
  readonly mappings?: readonly CollectionMapping[];
}

/** A mapped collection in PostgreSQL, native or embedded. */
export function createRowStore(mapping: CollectionMapping, options: DocumentStoreOptions = {}): RowStore {
  const { ledgerTables = 'run', mappings = [mapping] } = options;
  return {
    mapping,
    ensureLedger: async (tx) => {
      const table = await visibleTable(tx, mapping);
      if (table !== null) await ensureLedger(tx, table, mappings);
    },
    currentLedgers: async (db) => {
      const table = await visibleTable(db, mapping);
      return table === null ? null : ledgerSources(table).map(ledgerName);
    },
    inspect: (db) => inspect(db, mapping),
    count: async (db) => countRows(db, await inspect(db, mapping), mapping),
    ensureDefaultSchema: (tx) => ensureDefaultSchema(tx, mapping),
    open: async (db) => {
      const inspection = await inspect(db, mapping);
      if (inspection.problems.length > 0) throw new MappingError(mapping.name, inspection.problems);
      return openTable(db, mapping, inspection, { ledgerTables, mappings });
    },
  };
}

async function countRows(db: Db, { rows: live }: Inspection, own: CollectionMapping): Promise<number> {
  const mapping = live === null ? own : withLiveColumns(own, live);
  const { rows } = await sql<{ count: number }>`
    select count(*)::int8 as count from ${tableRef(mapping.table)} d where ${inCollection('d', mapping)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Only its columns: whether the mapping fits does not matter to the ledger. */
async function visibleTable(db: Db, mapping: CollectionMapping): Promise<LiveTable | null> {
  const { rows, chunks, children } = await inspect(db, mapping);
  if (rows === null || (mapping.vectors.in === 'table' && chunks === null) || children.includes(null)) return null;
  const inspection = {
    rows,
    chunks,
    children,
    chunksGuarded: false,
    problems: [],
    fingerprint: '',
    formerFingerprints: [],
  };
  return liveTable(mapping, inspection, await constraintsOf(db, mapping));
}

async function openTable(
  db: Db,
  own: CollectionMapping,
  inspection: Inspection,
  { ledgerTables, mappings }: Required<DocumentStoreOptions>,
): Promise<RowTable> {
  const mapping = inspection.rows === null ? own : withLiveColumns(own, inspection.rows);
  const questions = isOfMemories(mapping) ? await comparableQuestions(db, mappings) : [];
  const table = { ...liveTable(mapping, inspection, await constraintsOf(db, own)), questions };
  const related = await relatedTables(db, table, mappings);
  const recorded = (db: Db, at: LedgerAddress) => asRecorded(db, table, at.runNo);
  return {
    mapping,
    fingerprint: inspection.fingerprint,
    formerFingerprints: inspection.formerFingerprints,
    refresh: createRefreshTable(table),
    attributes: isOfAttributes(mapping)
      ? createAttributeTable(table, (tx) =>
          ledgerTables === 'run' ? ensureLedger(tx, table, mappings) : requireLedger(tx, table),
        )
      : null,
    memories: isOfMemories(mapping) ? createMemoryTable(table) : null,
    queries: isOfQueries(mapping) ? createQueryTable(table) : null,
    changes: {
      apply: (tx, batch) => applyBatch(tx, table, batch),
      applyTogether: (tx, group) => applyTogether(tx, table, group),
      ledgerBytes: (db) => changesSize(db),
      keepsFormer: (db, runNo) => hasChangesTable(db, runNo, mapping.name),
      undo: (tx, request) => (merges(request.rule) ? undoMerges(tx, table, request) : undoChanges(tx, table, request)),
      updateCost: (db, rule) => updateCost(db, mapping.table, changeOf(judgeRow('d', mapping, rule)).field.column),
      forgetVanished: (tx, limit) => forgetVanished(tx, table, limit),
    },
    survey: async function* (tx, terms) {
      yield* surveyPartitions(tx, mapping, await withHolds(tx, mapping, terms));
    },
    samples: async (tx, terms, partitions) => sampleIds(tx, mapping, await withHolds(tx, mapping, terms), partitions),
    dueChildren: async (tx, terms) => countDueChildren(tx, table, await withHolds(tx, mapping, terms)),
    ledgerBytes: async (tx, rows) => ({
      current: await ledgerSize(tx),
      expected: rows * (await bytesPerRow(tx, table)),
    }),
    collect: async (tx, terms, runNo) => {
      if (removes(terms.rule))
        await (ledgerTables === 'run' ? ensureLedger(tx, table, mappings) : requireLedger(tx, table));
      const ordered = referencesItself(table) || sparesLinked(terms.rule, mapping);
      await collectItems(tx, mapping, await withHolds(tx, mapping, terms), runNo, ordered);
      if (changes(terms.rule, mapping)) {
        await createChangesTable(tx, runNo, mapping.name);
        await rehearseChange(tx, table, terms.rule, runNo);
      }
      if (merges(terms.rule)) await createMergesTable(tx, runNo, mapping.name);
      if (removes(terms.rule) && (await keepsRemoved(tx, runNo)))
        await rehearse(tx, table, [table, ...(await withLedger(tx, related, runNo))], terms, runNo);
    },
    itemsBeyond: (tx, runNo, approvedRunNo) => itemsBeyond(tx, mapping, runNo, approvedRunNo),
    remove: (tx, batch) => (merges(batch.rule) ? removeCopies(tx, table, batch) : removeBatch(tx, table, batch)),
    removeTogether: (tx, group) =>
      merges(group.rule) ? removeCopiesTogether(tx, table, group) : removeTogether(tx, table, group),
    nextItems: (db, batch) => nextItems(db, mapping, batch),
    intend: (tx, batch, ids) =>
      merges(batch.rule) ? intendCopies(tx, table, batch, ids) : intend(tx, table, batch, ids),
    pendingIntents: async (db, at, limit) => pendingIntents(db, await recorded(db, at), at, limit),
    abandonedIntents: (db, exceptRunNo) => abandonedIntents(db, table, exceptRunNo),
    settle: async (tx, at, ids, keep, rule) => {
      const as = await recorded(tx, at);
      return merges(rule) ? settleCopies(tx, as, at, ids, keep, rule) : settle(tx, as, at, ids, keep);
    },
    dropIntents: async (tx, at, ids) => dropIntents(tx, await recorded(tx, at), at, ids),
    nextRestores: async (db, at, undoRunNo, limit, readyFirst) =>
      nextRestores(db, await recorded(db, at), at, undoRunNo, limit, readyFirst),
    restorable: async (tx, at, undoRunNo, ids) => restorable(tx, await recorded(tx, at), at, undoRunNo, ids),
    refuse: async (tx, at, undoRunNo, ids) => refuse(tx, await recorded(tx, at), at, undoRunNo, ids),
    liftVanished: (tx, after, limit) => liftVanished(tx, table, after, limit),
    restore: async (tx, request) => {
      const as = await recorded(tx, request);
      return restore(tx, as, request, [as, ...(await withLedger(tx, related, request.runNo))]);
    },
  };
}

function isOfAttributes(mapping: CollectionMapping): boolean {
  return kindOf(mapping) === 'attributes' && fieldOf(mapping, 'key') !== null && fieldOf(mapping, 'value') !== null;
}

function isOfMemories(mapping: CollectionMapping): boolean {
  return kindOf(mapping) === 'memories' && fieldOf(mapping, 'content') !== null;
}

function isOfQueries(mapping: CollectionMapping): boolean {
  return (
    kindOf(mapping) === 'queries' && fieldOf(mapping, 'question') !== null && fieldOf(mapping, 'asked_at') !== null
  );
}

function changes(rule: Rule, mapping: CollectionMapping): boolean {
  return judgeRow('d', mapping, rule).change !== undefined;
}

/** A refresh keeps nothing, and former values of changed rows have tables of their own: neither needs the ledger. */
function removes({ kind }: Rule): boolean {
  return kind === 'expiry' || kind === 'cleanup' || kind === 'dedup' || kind === 'consolidation';
}

/** Whether rows that are removed give what they have to rows that stay. */
function merges({ kind }: Rule): boolean {
  return kind === 'dedup' || kind === 'consolidation';
}

/** Those of the collections that runs have removed something from, each with the ledger that this run wrote to. */
async function withLedger(tx: Tx, tables: readonly LiveTable[], runNo: number): Promise<LiveTable[]> {
  const found: LiveTable[] = [];
  for (const table of tables) {
    const ledgers = await recordedLedgers(tx, table.mapping.name, 'rows');
    if (ledgers.length > 0) found.push(await asRecorded(tx, table, runNo));
  }
  return found;
}

async function ensureLedger(tx: Tx, table: LiveTable, mappings: readonly CollectionMapping[]): Promise<void> {
  for (const source of ledgerSources(table)) await ensureLedgerTable(tx, source);
  for (const column of lookupColumns(table, mappings)) await ensureLedgerLookup(tx, table.rows, column);
}

/** A table of the run's making would belong to the worker, and not to who owns the rest of the ledger. */
async function requireLedger(tx: Tx, table: LiveTable): Promise<void> {
  for (const source of ledgerSources(table)) {
    if (await hasLedgerTable(tx, source)) continue;
    throw new StoreError(
      'StoreRefusedError',
      `the ledger has no table for the columns that ${display(source.table)} has now, and with ` +
        '`database.migrations: off` the worker makes none; nothing was removed. Run `coppice migrate` as the owner',
    );
  }
}

function ledgerSources(table: LiveTable): readonly LedgerSource[] {
  return [table.rows, ...membersOf(table).map(({ source }) => source)];
}

/** Size on disk of a document with its chunks, from the planner's statistics; a guess of 4 kB before the first ANALYZE. */
async function bytesPerRow(tx: Tx, table: LiveTable): Promise<number> {
  const names = ownTables(table.mapping);
  const { rows } = await sql<{ bytes: number; tuples: number }>`
    select sum(pg_table_size(c.oid))::int8 as bytes,
      max(case when c.oid = to_regclass(${quoted(table.mapping.table)}) then c.reltuples else -1 end)::int8 as tuples
    from pg_class c where c.oid in (select to_regclass(name) from unnest(${names.map(quoted)}::text[]) name)`.execute(
    tx,
  );
  const { bytes = 0, tuples = -1 } = rows[0] ?? {};
  return tuples <= 0 ? 4096 : bytes / tuples;
}
