import { sql } from 'kysely';
import { openDatabase } from '../../database/database.ts';
import { toStoreError } from '../../database/errors.ts';
import type { Db, Tx } from '../../database/schema.ts';
import { exactDuplicates, nearCosine, nearDuplicates } from '../../stores/postgres/hygiene/duplicates.ts';
import { countRows, type RowCounts } from '../../stores/postgres/hygiene/rows.ts';
import { orphanedChildren, strayChunks } from '../../stores/postgres/hygiene/strays.ts';
import { OperationError } from '../errors.ts';
import type { CheckedCollection, CheckJson, NotMeasured } from './check/check-json.ts';
import { crossCheck, type Measure } from './check/cross-check.ts';
import { bytesOf, type CheckFinding, findingsOfRows } from './check/findings.ts';
import { checkGraphs, graphProtocols } from './check/graphs.ts';
import { type Subject, subjectOfCollection, subjectOfVectors } from './check/subjects.ts';
import { checkWeaviate, type WeaviateCheck, weaviateProtocols } from './check/weaviate.ts';
import { checkAddress, withoutSecrets } from './init/address.ts';
import { liveTables } from './init/live-tables.ts';
import { look } from './init/look.ts';
import { displayTable } from './init/names.ts';

export interface CheckOptions {
  readonly databaseUrl: string | null;
  /** The check ends after so long, with what it has found by then. */
  readonly maxSeconds: number;
  /** Weaviate with the vectors of the database: what one has and the other has not is counted. */
  readonly weaviateUrl?: string | null;
  /** Key of Weaviate, where the address has none. */
  readonly weaviateApiKey?: string | null;
  /** Is told which collection is looked at, for a progress line. */
  readonly onProgress?: (line: string) => void;
}

const connectTimeoutMs = 10_000;
/** The catalogue and a sample of each table. */
const lookTimeoutMs = 15_000;
/** No statement takes longer, so that a replica is not kept from replaying. */
const longestStatementMs = 25_000;
const leastMs = 200;

/**
 * Reports the state of the knowledge in a database, without a configuration and without writing anything: read-only
 * transactions, one connection, no parallel scans, a time limit on each statement and on the whole. Settings are local to
 * a transaction, so that a pooler hands none of them on.
 */
export async function check(options: CheckOptions): Promise<CheckJson> {
  const { databaseUrl, maxSeconds, onProgress = () => {} } = options;
  if (typeof options.weaviateUrl === 'string' && databaseUrl !== null && !databaseUrl.startsWith('postgres')) {
    const hint = 'Leave --weaviate out, or name a PostgreSQL database.';
    throw new OperationError(
      'usage',
      'DatabaseAddressError',
      'vectors are compared with rows of PostgreSQL only',
      hint,
    );
  }
  if (databaseUrl !== null && graphProtocols.test(databaseUrl)) return checkGraphs(databaseUrl, maxSeconds, onProgress);
  if (databaseUrl !== null && weaviateProtocols.test(databaseUrl)) {
    return checkWeaviate({ address: databaseUrl, apiKey: options.weaviateApiKey ?? null, maxSeconds, onProgress });
  }
  const address = checkAddress(databaseUrl);
  const startedAt = Date.now();
  const endsAt = performance.now() + maxSeconds * 1_000;
  const db = openDatabase({ url: address, maxConnections: 1, applicationName: 'coppice check', connectTimeoutMs });
  try {
    const { subjects, others } = await subjectsIn(db, address);
    const checking = new Checking(db, endsAt);
    const collections: CheckedCollection[] = [];
    for (const subject of subjects) {
      onProgress(`${subject.name} (${displayTable(subject.live)})`);
      const checked = await checking.collection(subject);
      if (checked !== null) collections.push(checked);
    }
    const beside = await besides(options, endsAt, (documents) => crossCheck(documents, subjects, checking.measure));
    return {
      ...{ database: withoutSecrets(address), checked_at: new Date(startedAt).toISOString() },
      ...{ duration_ms: Date.now() - startedAt, collections: [...collections, ...beside.collections] },
      ...{ not_measured: [...checking.notMeasured, ...beside.not_measured], other_tables: others },
    };
  } finally {
    await db.destroy();
  }
}

/** The classes of the Weaviate that was named beside the database. */
async function besides(
  { weaviateUrl = null, weaviateApiKey = null, onProgress = () => {} }: CheckOptions,
  endsAt: number,
  onDocuments: WeaviateCheck['onDocuments'] & {},
): Promise<Pick<CheckJson, 'collections' | 'not_measured'>> {
  if (weaviateUrl === null) return { collections: [], not_measured: [] };
  const maxSeconds = Math.max(0, endsAt - performance.now()) / 1_000;
  return checkWeaviate({ address: weaviateUrl, apiKey: weaviateApiKey, maxSeconds, onProgress, onDocuments });
}

async function subjectsIn(db: Db, address: string): Promise<{ subjects: readonly Subject[]; others: number }> {
  try {
    return await readOnly(db, lookTimeoutMs, async (tx) => {
      const findings = await look(tx);
      const known = findings.collections.map(subjectOfCollection);
      const named = new Set([
        ...[...findings.collections, ...findings.leftAlone].map(({ table }) => displayTable(table)),
        ...known.flatMap(({ table: { mapping } }) =>
          mapping.vectors.in === 'table' ? [displayTable(mapping.vectors.table)] : [],
        ),
      ]);
      const rest = (await liveTables(tx)).filter((table) => !named.has(displayTable(table)));
      const vectors = rest.flatMap((table) => subjectOfVectors(table) ?? []);
      return { subjects: [...known, ...vectors], others: rest.length - vectors.length };
    });
  } catch (error) {
    throw new OperationError(
      'missing',
      'DatabaseUnreadableError',
      `cannot look at ${withoutSecrets(address)}: ${reasonOf(error)}`,
      'Check the address, the password and that this machine may connect. A role that may read is enough.',
    );
  }
}

/** Settings are those of the transaction. A statement of low priority: one process, little memory, and it waits for no lock. */
function readOnly<T>(db: Db, timeoutMs: number, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`select set_config(name, value, true) from (values ('statement_timeout', ${String(Math.ceil(timeoutMs))}),
        ('lock_timeout', '2000'), ('max_parallel_workers_per_gather', '0'), ('idle_in_transaction_session_timeout', '60000'))
        as settings (name, value)`.execute(tx);
      return work(tx);
    });
}

class Checking {
  readonly notMeasured: NotMeasured[] = [];
  readonly #db: Db;
  readonly #endsAt: number;

  constructor(db: Db, endsAt: number) {
    this.#db = db;
    this.#endsAt = endsAt;
  }

  /** `null`: its rows could not be counted. */
  async collection(subject: Subject): Promise<CheckedCollection | null> {
    const { name, shape, about, live } = subject;
    if (!live.readable) {
      this.notMeasured.push({ collection: name, measure: 'rows', reason: 'this role may not read the table' });
      return null;
    }
    const counts = await this.measure(name, 'rows', (tx) => countRows(tx, subject.table));
    if (counts === null) return null;
    const findings = [
      ...findingsOfRows(subject, counts),
      ...(await this.#exact(subject, counts)),
      ...(await this.#near(subject, counts)),
      ...(await this.#strays(subject)),
    ];
    const { rows, bytes, weeks } = counts;
    return { name, shape, about, table: displayTable(live), rows, bytes, weeks, findings };
  }

  async #exact({ name, table, shape }: Subject, counts: RowCounts): Promise<CheckFinding[]> {
    const { text } = table;
    if (text === null || counts.rows < 2) return [];
    const found = await this.measure(name, 'exact_duplicates', (tx) => exactDuplicates(tx, table, text, counts.rows));
    if (found === null || found.count === 0) return [];
    const isMemory = table.mapping.kind === 'memories';
    return [
      {
        ...{ kind: 'exact_duplicates', of: counts.rows, ...found, bytes: bytesOf(counts)(found.count) },
        what: `rows repeat the text of another one${table.isScoped ? ' of the same owner' : ''}`,
        remedy: isMemory
          ? 'memory-dedup merges them and unites their counts and links'
          : shape === 'vectors'
            ? null
            : 'document-refresh replaces the chunks of a document as a whole, which prevents new ones',
      },
    ];
  }

  async #near({ name, table }: Subject, counts: RowCounts): Promise<CheckFinding[]> {
    const { vector, text } = table;
    const rows = counts.rows - counts.withoutVector;
    if (vector === null || rows < 2) return [];
    const found = await this.measure(name, 'near_duplicates', (tx) =>
      nearDuplicates(tx, table, { vector, text, rows }),
    );
    if (found === null || found.count === 0) return [];
    return [
      {
        ...{ kind: 'near_duplicates', of: rows, ...found, bytes: null },
        what: `rows have another one with a cosine of ${nearCosine} or more, and with another text`,
        remedy:
          table.mapping.kind === 'memories'
            ? 'memory-consolidation merges those that say the same, where a search still finds them'
            : null,
      },
    ];
  }

  async #strays({ name, table: { mapping } }: Subject): Promise<CheckFinding[]> {
    const findings: CheckFinding[] = [];
    const { vectors, children } = mapping;
    const row = { error: 0, bytes: null };
    if (vectors.in === 'table') {
      const strays = await this.measure(name, 'vectors', (tx) => strayChunks(tx, mapping, vectors));
      if (strays !== null && strays.withoutRow > 0) {
        findings.push({
          ...{ ...row, kind: 'vectors_without_rows', count: strays.withoutRow, of: strays.withoutRow },
          table: displayTable(vectors.table),
          what: 'chunks with vectors belong to no row: searches find what was deleted',
          remedy: 'ttl-cleanup removes chunks with their rows, so that none are left behind',
        });
      }
      if (strays !== null && strays.withoutChunk > 0) {
        findings.push({
          ...{ ...row, kind: 'rows_without_vectors', count: strays.withoutChunk, of: strays.withoutChunk },
          what: 'rows have no chunk: a search by vector never finds them',
          remedy: 'document-refresh embeds documents anew when they are due',
        });
      }
    }
    const orphans = await this.measure(name, 'orphans', (tx) => orphanedChildren(tx, mapping.table, children ?? []));
    for (const { table, count } of orphans ?? []) {
      if (count === 0) continue;
      findings.push({
        ...{ ...row, kind: 'orphans', count, of: count, table: displayTable(table) },
        what: 'rows belong to a row that does not exist',
        remedy: 'ttl-cleanup removes children with their rows, so that none are left behind',
      });
    }
    return findings;
  }

  readonly measure: Measure = async (collection, measure, work) => {
    const left = this.#endsAt - performance.now();
    if (left < leastMs) {
      this.notMeasured.push({ collection, measure, reason: 'no time was left: raise --max-seconds' });
      return null;
    }
    try {
      return await readOnly(this.#db, Math.min(left, longestStatementMs), work);
    } catch (error) {
      this.notMeasured.push({ collection, measure, reason: reasonOf(error) });
      return null;
    }
  };
}

function reasonOf(error: unknown): string {
  const known = toStoreError(error);
  return known instanceof Error ? known.message : String(known);
}
