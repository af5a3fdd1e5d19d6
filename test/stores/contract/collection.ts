import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { CollectionSettings } from '../../../src/config/collection-schema.ts';
import { toMapping } from '../../../src/config/mapping.ts';
import type { Db } from '../../../src/database/schema.ts';
import type { LedgerAddress } from '../../../src/domain/ledger-address.ts';
import type { CollectionMapping } from '../../../src/domain/mapping.ts';
import type { ExpiryRule } from '../../../src/domain/rules/expiry.ts';
import type { Rule } from '../../../src/domain/rules/index.ts';
import { planPartitions } from '../../../src/state/runs/run-partitions.ts';
import { beginRun } from '../../../src/state/runs/runs.ts';
import type { Removal } from '../../../src/stores/ports/row-removal.ts';
import type { RowStore, RowTable } from '../../../src/stores/ports/row-store.ts';
import type { PartitionCount, SurveyTerms } from '../../../src/stores/ports/row-survey.ts';
import { createRowStore } from '../../../src/stores/postgres/row-store.ts';

/** Every test decides at this instant, whatever the time is. */
export const cutoff = new Date('2026-06-01T02:00:00.000Z');
export const rule: ExpiryRule = { kind: 'expiry', cutoff, maxAgeDays: 90 };
export const terms: SurveyTerms = { rule, respectHolds: true };
export const past = '2026-05-01T00:00:00Z';
export const future = '2027-05-01T00:00:00Z';

export type Row = Readonly<Record<string, unknown>>;

/** A mapped table of a test's own, with its chunks where it has some. */
export interface Collection {
  readonly name: string;
  readonly mapping: CollectionMapping;
  readonly store: RowStore;
  readonly table: string;
  readonly chunkTable: string;
  insert(...rows: readonly Row[]): Promise<void>;
  /** One chunk of each of the documents, or those given. */
  insertChunks(...chunks: readonly Row[]): Promise<void>;
  /** Rows as text, every column, in order: what "byte for byte" compares. */
  image(where?: string): Promise<string[]>;
  chunkImage(where?: string): Promise<string[]>;
  execute(statement: string): Promise<void>;
}

export interface CollectionOptions {
  /** Columns of the table. `TABLE` and `CHUNKS` stand for the names. */
  readonly columns?: string;
  readonly chunks?: string | null;
  /** Statements that run before the table is created. */
  readonly before?: string;
  readonly settings?: Omit<CollectionSettings, 'table'>;
}

const plainColumns = 'id text primary key, workspace text, body text, expires_at timestamptz, fetched_at timestamptz';
const plainChunks = `document_id text not null references TABLE (id), id text, text text, embedding vector(3),
  primary key (document_id, id)`;
let made = 0;

export async function createCollection(db: Db, options: CollectionOptions = {}): Promise<Collection> {
  made += 1;
  const name = `collection_${made}`;
  const [table, chunkTable] = [`docs_${made}`, `chunks_${made}`];
  const named = (text: string) => text.replaceAll('TABLE', table).replaceAll('CHUNKS', chunkTable);
  const execute = async (statement: string) => {
    await sql.raw(named(statement)).execute(db);
  };
  const { columns = plainColumns, chunks = plainChunks } = options;
  if (options.before !== undefined) await execute(options.before);
  await execute(`create table TABLE (${columns})`);
  if (chunks !== null) await execute(`create table CHUNKS (${chunks})`);
  const mapping = toMapping(name, {
    table,
    fetched_at: columns === plainColumns ? 'fetched_at' : null,
    vectors: chunks === null ? { in: 'none' } : { in: 'table', table: `public.${chunkTable}` },
    ...options.settings,
  });
  const insertInto = async (into: string, rows: readonly Row[]) => {
    for (const row of rows) {
      const names = sql.join(Object.keys(row).map((column) => sql.id(column)));
      await sql`insert into ${sql.id(into)} (${names}) overriding system value
        select ${names} from jsonb_populate_record(null::${sql.id(into)}, ${JSON.stringify(row)}::jsonb)`.execute(db);
    }
  };
  const imageOf = async (of: string, where: string) => {
    const { rows } = await sql<{ row: string }>`
      select t::text as row from ${sql.id(of)} t where ${sql.raw(where)} order by t::text collate "C"`.execute(db);
    return rows.map(({ row }) => row);
  };
  return {
    ...{ name, mapping, table, chunkTable, execute },
    store: createRowStore(mapping),
    insert: (...rows) => insertInto(table, rows),
    insertChunks: (...rows) => insertInto(chunkTable, rows),
    image: (where = 'true') => imageOf(table, where),
    chunkImage: (where = 'true') => imageOf(chunkTable, where),
  };
}

/** Expired documents, with a chunk each. */
export async function insertExpired(collection: Collection, workspace: string, ids: readonly string[]): Promise<void> {
  await collection.insert(...ids.map((id) => ({ id, workspace, body: `body of ${id}`, expires_at: past })));
  await collection.insertChunks(
    ...ids.map((id) => ({ document_id: id, id: '1', text: `text of ${id}`, embedding: [1, 0.5, id.length] })),
  );
}

export async function survey(db: Db, table: RowTable, surveyTerms: SurveyTerms = terms): Promise<PartitionCount[]> {
  return db.transaction().execute(async (tx) => {
    const counts: PartitionCount[] = [];
    for await (const page of table.survey(tx, surveyTerms)) counts.push(...page);
    return counts;
  });
}

/** A run bound to what was due when it was surveyed. */
export interface BoundRun {
  readonly runNo: number;
  /** As the run's own survey counted them. */
  readonly counts: readonly PartitionCount[];
  at(partition: string): LedgerAddress;
}

export async function bindRun(db: Db, table: RowTable, surveyTerms: SurveyTerms = terms): Promise<BoundRun> {
  const { no: runNo } = await newRun(db);
  const runTerms = { ...surveyTerms, runNo };
  const counts = await survey(db, table, runTerms);
  const planned = counts.flatMap(({ partition, rows, due }, at) =>
    partition === null || due === 0 ? [] : [{ no: at + 1, collection: table.mapping.name, partition, rows, due }],
  );
  await db.transaction().execute(async (tx) => {
    await planPartitions(tx, runNo, planned);
    await table.collect(tx, runTerms, runNo);
  });
  const numbers = new Map(planned.map((one) => [one.partition, one.no]));
  return { runNo, counts, at: (partition) => ({ runNo, partNo: numbers.get(partition) ?? 0 }) };
}

export function newRun(db: Db, kind: 'sweep' | 'undo' = 'sweep') {
  const runId = randomUUID();
  const given = { runId, workflowId: `workflow-${runId}`, namespace: 'default', job: 'ttl-cleanup', kind };
  return beginRun(db, { ...given, parameters: {}, requestedBy: null, undoes: null, ledger: true });
}

/** All batches of one partition, added up. */
export async function removeAll(
  db: Db,
  table: RowTable,
  run: BoundRun,
  partition: string,
  size = 100,
  keep = true,
  by: Rule = rule,
): Promise<Omit<Removal, 'after' | 'kept' | 'children'> & { children?: number }> {
  const sum = { seen: 0, documents: 0, spared: 0, vectors: 0 };
  let children = 0;
  for (let after: string | null = null; ; ) {
    const batch = { ...run.at(partition), partition, rule: by, after, size, keep };
    const removal: Removal = await db.transaction().execute((tx) => table.remove(tx, batch));
    sum.seen += removal.seen;
    sum.documents += removal.documents;
    sum.spared += removal.spared;
    sum.vectors += removal.vectors;
    children += removal.children;
    if (removal.seen < size) return children === 0 ? sum : { ...sum, children };
    after = removal.after;
  }
}

/** Survey, bind and remove one partition. */
export async function sweep(
  db: Db,
  collection: Pick<Collection, 'store'>,
  partition: string,
  size?: number,
): Promise<BoundRun> {
  const table = await collection.store.open(db);
  const run = await bindRun(db, table);
  await removeAll(db, table, run, partition, size);
  return run;
}

export interface Undone {
  readonly runNo: number;
  readonly restored: readonly string[];
  readonly refused: readonly string[];
  readonly vectors: number;
}

/** An undo of one partition, as a run of its own. */
export async function undo(
  db: Db,
  collection: Pick<Collection, 'store'>,
  run: BoundRun,
  partition: string,
  by: Rule = rule,
): Promise<Undone> {
  const table = await collection.store.open(db);
  const { no: undoRunNo, run_id: undoRunId } = await newRun(db, 'undo');
  const at = run.at(partition);
  const sum = { restored: [] as string[], refused: [] as string[], vectors: 0 };
  for (;;) {
    const ids = (await table.nextRestores(db, at, undoRunNo, 100)).map((row) => row.id);
    if (ids.length === 0) break;
    const back = await db.transaction().execute(async (tx) => {
      const free = await table.restorable(tx, at, undoRunNo, ids);
      return table.restore(tx, { ...at, partition, undoRunNo, undoRunId, ids: free, rule: by, withReferenced: true });
    });
    sum.restored.push(...back.restored);
    sum.refused.push(...ids.filter((id) => !back.restored.includes(id)));
    sum.vectors += back.vectors;
  }
  return { runNo: undoRunNo, restored: sum.restored.sort(), refused: sum.refused.sort(), vectors: sum.vectors };
}

/** How many rows the ledger holds for a run, over all of its tables of this collection. */
export async function ledgerRows(db: Db, collection: Collection, part: 'rows' | 'chunks', runNo: number) {
  const tables = await db
    .selectFrom('coppice.ledger_tables')
    .select('name')
    .where('collection', '=', collection.name)
    .where('part', '=', part)
    .execute();
  let count = 0;
  for (const { name } of tables) {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int8 as count from ${sql.id('coppice', name)} where coppice_run = ${runNo}`.execute(db);
    count += rows[0]?.count ?? 0;
  }
  return count;
}
