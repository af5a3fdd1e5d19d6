import { sql } from 'kysely';
import type { Parts } from '../../assemble.ts';
import { columnRef, tableRef } from '../../database/identifiers.ts';
import { idText } from '../../database/row-ids.ts';
import type { Db } from '../../database/schema.ts';
import { boundedTransaction } from '../../database/transaction.ts';
import type { CollectionMapping } from '../../domain/mapping.ts';
import { canonicalRowId, idColumns } from '../../domain/row-id.ts';
import { type ForgottenIntelligence, forgetIntelligence } from '../../state/forget/intelligence.ts';
import {
  countEntries,
  deleteEntries,
  type Entries,
  entriesAt,
  graphItemsOf,
  itemTables,
  ledgerTablesWith,
  sourcesAt,
  sourcesOf,
  swapping,
  unfinished,
  vectorsOf,
} from '../../state/forget/ledger.ts';
import { type ForgottenRecords, forgetRecords } from '../../state/forget/records.ts';
import { placesOf, runsAtWork, type Subject } from '../../state/forget/subject.ts';
import { itemKey } from '../../stores/ports/graph-items.ts';
import { documentKey } from '../../stores/postgres/scope.ts';
import { type Context, installationOf } from '../context.ts';
import { OperationError } from '../errors.ts';
import { leastUsersOf } from '../intelligence/scope.ts';
import { childEntries, type EntriesBy, entriesOf } from './forget/children.ts';

export interface ForgetRequest {
  /** A partition's name, or with `byId` the id of a row or a document. */
  readonly subject: string;
  readonly byId: boolean;
  /** Only of this collection; `null`: of all. */
  readonly collection: string | null;
  /** False: only count. */
  readonly yes: boolean;
}

export interface ForgetJson {
  readonly done: boolean;
  readonly removed: ForgottenRecords &
    ForgottenIntelligence & {
      readonly ledger_rows: number;
      readonly items: number;
      readonly sources: number;
    };
  /** Places that may still name the subject, and the reason why they stay. */
  readonly not_reached: readonly string[];
}

const batchRows = 5_000;

/**
 * Purges what Coppice keeps of a person or a workspace: ledger, holds, dead letters, names and ids in the records of
 * runs. It can be repeated, and what was forgotten cannot be undone. Without `yes` it is all counted and rolled back.
 */
export async function forget(context: Context, request: ForgetRequest): Promise<ForgetJson> {
  const { parts } = context;
  await installationOf(context);
  checkRequest(parts, request);
  const subject = await subjectOf(parts, request);
  await refuseAtWork(parts.db, subject);
  const [ledger, items] = [await ledgerOf(parts, subject), await itemsOf(parts.db, subject)];
  for (const entries of ledger) refuseUnfinished(await unfinished(parts.db, entries));
  refuseUnfinished(await swapping(parts.db, subject));
  const ledger_rows = await purge(parts.db, subject, ledger, request.yes);
  const removedItems = await purge(parts.db, subject, items, request.yes);
  const sources = await purge(parts.db, subject, await sourcesToForget(parts.db, subject), request.yes);
  const records = await recordsOf(context, subject, request.yes);
  return {
    done: request.yes,
    removed: { ledger_rows, items: removedItems, sources, ...records },
    not_reached: notReached,
  };
}

const notReached = [
  'rows and vectors in your own tables and stores: they are yours to delete',
  'backups and replicas of the database',
  'log lines that were written already: those of finished partitions carry their names',
  'names that people gave to tokens, and who asked for runs',
  "Temporal's history: it holds numbers and counts; error messages of stores, shortened, may quote a value",
];

function checkRequest({ config }: Parts, { subject, collection }: ForgetRequest): void {
  if (subject === '') {
    throw new OperationError('usage', 'EmptyScopeError', 'forget whom? An empty name never means "all"');
  }
  const known = [...config.collections, ...config.graphs].map(({ name }) => name);
  if (collection !== null && !known.includes(collection)) {
    const hint = `Collections: ${known.join(', ')}`;
    throw new OperationError('usage', 'UnknownCollectionError', `there is no collection '${collection}'`, hint);
  }
}

/** A document of several rows is all of them, those that stand and those in the ledger. */
async function subjectOf(parts: Parts, { subject, byId, collection }: ForgetRequest): Promise<Subject> {
  if (!byId) return { kind: 'partition', name: subject, collection };
  // As surveys and undos name the items of a graph.
  const ofGraphs = parts.graphs.length === 0 ? [] : itemKinds.map((kind) => itemKey({ kind, id: subject }));
  const ids = new Set([subject, ...ofGraphs]);
  for (const mapping of mappingsOf(parts, collection)) {
    ids.add(canonicalRowId(subject, idColumns(mapping).length));
    if (mapping.document === null) continue;
    const tables = [
      tableRef(mapping.table),
      ...(await rowTables(parts, mapping)).map((name) => sql.id('coppice', name)),
    ];
    for (const table of tables) {
      const { rows } = await sql<{ id: string }>`
        select ${idText('l', mapping)} as id from ${table} l
        where ${documentKey('l', mapping)} = ${subject}`.execute(parts.db);
      for (const { id } of rows) ids.add(id);
    }
  }
  return { kind: 'rows', ids: [...ids], collection };
}

const itemKinds = ['entity', 'relation', 'vector'] as const;

function mappingsOf({ collections }: Parts, collection: string | null): CollectionMapping[] {
  const all = collections.map(({ store }) => store.mapping);
  return all.filter(({ name }) => collection === null || name === collection);
}

/** Names of the ledger tables of the collection's rows that have the columns which name a row and its document. */
function rowTables({ db }: Parts, mapping: CollectionMapping): Promise<string[]> {
  const columns = [...idColumns(mapping), ...(mapping.document === null ? [] : [mapping.document.column])];
  return ledgerTablesWith(db, { collection: mapping.name, part: 'rows', columns });
}

async function ledgerOf(parts: Parts, subject: Subject): Promise<Entries[]> {
  if (subject.kind === 'partition') return entriesAt(parts.db, await placesOf(parts.db, subject));
  const ids = sql`${[...subject.ids]}::text[]`;
  const found: Entries[] = [];
  for (const mapping of mappingsOf(parts, subject.collection)) {
    const rows = (await rowTables(parts, mapping)).map((table) => ({ table, theirs: hasId(mapping, subject.ids) }));
    found.push(...(await childEntries(parts.db, mapping, rows)), ...rows.map(entriesOf));
    const { vectors } = mapping;
    if (vectors.in === 'table') {
      const chunks = { collection: mapping.name, part: 'chunks', columns: [vectors.document] } as const;
      for (const name of await ledgerTablesWith(parts.db, chunks)) {
        found.push({ table: name, theirs: sql`${columnRef('l', vectors.document)}::text = any(${ids})` });
      }
    }
    found.push(vectorsOf(subject.ids, mapping.name));
  }
  found.push(graphItemsOf(subject.ids, subject.collection));
  return found;
}

function hasId(mapping: CollectionMapping, ids: readonly string[]): EntriesBy['theirs'] {
  return (alias) => sql`${idText(alias, mapping)} = any(${[...ids]}::text[])`;
}

async function itemsOf(db: Db, subject: Subject): Promise<Entries[]> {
  const tables = await itemTables(db);
  const wanted = tables.filter(({ collection }) => subject.collection === null || collection === subject.collection);
  if (subject.kind === 'rows') {
    const ids = sql`${[...subject.ids]}::text[]`;
    // A pair is named by both of its ids.
    const pair = sql`case when l.id::text like '["%' and pg_input_is_valid(l.id::text, 'jsonb')
      then l.id::text::jsonb ?| ${ids} else false end`;
    return wanted.map(({ name }) => ({ table: name, theirs: sql`(l.id::text = any(${ids}) or ${pair})` }));
  }
  const places = await placesOf(db, subject);
  return wanted.flatMap(({ name, runNo, collection }) => {
    const numbers = places.filter((one) => one.runNo === runNo && one.collection === collection).map(({ no }) => no);
    return numbers.length === 0 ? [] : [{ table: name, theirs: sql<boolean>`l.part = any(${numbers}::integer[])` }];
  });
}

async function sourcesToForget(db: Db, subject: Subject): Promise<Entries[]> {
  if (subject.kind === 'rows') return [sourcesOf(subject.ids, subject.collection)];
  return sourcesAt(await placesOf(db, subject));
}

async function refuseAtWork(db: Db, subject: Subject): Promise<void> {
  const [run] = await runsAtWork(db, subject);
  if (run === undefined) return;
  throw new OperationError(
    'conflict',
    'RunOpenError',
    `run ${run} is open and may work on this just now; nothing was forgotten`,
    `Wait until it has ended, or: coppice cancel ${run}`,
  );
}

function refuseUnfinished(count: number): void {
  if (count === 0) return;
  throw new OperationError(
    'conflict',
    'UnfinishedRemovalError',
    `${count} rows are in the middle of a removal or an exchange of vectors between two stores; nothing was forgotten`,
    'Run the job once more: it finishes what was left.',
  );
}

/** In batches, each of which looks again whether a run has begun to work on it. */
async function purge(db: Db, subject: Subject, all: readonly Entries[], yes: boolean): Promise<number> {
  let sum = 0;
  for (const entries of all) {
    if (!yes) {
      sum += await countEntries(db, entries);
      continue;
    }
    for (let deleted = batchRows; deleted === batchRows; sum += deleted) {
      await refuseAtWork(db, subject);
      deleted = await boundedTransaction(db, (tx) => deleteEntries(tx, entries, batchRows));
    }
  }
  return sum;
}

type Forgotten = ForgottenRecords & ForgottenIntelligence;

class Counted extends Error {
  readonly records: Forgotten;
  constructor(records: Forgotten) {
    super('only counted');
    this.records = records;
  }
}

/** Without `yes` it is done and taken back, for the counts. */
async function recordsOf(context: Context, subject: Subject, yes: boolean): Promise<Forgotten> {
  try {
    return await boundedTransaction(context.parts.db, async (tx) => {
      const intelligence = await forgetIntelligence(tx, subject, leastUsersOf(context));
      const records = { ...(await forgetRecords(tx, subject)), ...intelligence };
      if (yes) return records;
      throw new Counted(records);
    });
  } catch (error) {
    if (error instanceof Counted) return error.records;
    throw error;
  }
}
