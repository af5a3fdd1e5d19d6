import type { Db } from '../database/schema.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import { StoreError } from '../domain/store-errors.ts';
import type { VectorImage } from '../domain/vector-image.ts';
import { failedLooks, knownSources } from '../state/ledger/sources.ts';
import { abandonedSwaps } from '../state/ledger/swaps.ts';
import { MappingError } from '../stores/ports/inspection.ts';
import type { RowStore, RowTable } from '../stores/ports/row-store.ts';
import type { VectorStore } from '../stores/ports/vector-store.ts';
import { GroupWriter } from './document-refresh/group-writer.ts';
import { inLanes } from './document-refresh/lanes.ts';
import { type Looked, look, ofEndpoint, type Wanted } from './document-refresh/look.ts';
import type { Chunked } from './document-refresh/new-images.ts';
import { writeOutcomes } from './document-refresh/outcomes.ts';
import { refreshRule, refreshSettings } from './document-refresh/settings.ts';
import type { RefreshTools } from './document-refresh/tools.ts';
import { recoverSwaps, writeOutside } from './document-refresh/write-outside.ts';
import { rowSurvey } from './row-survey.ts';
import { leavesNothing, type OpenSweepable, type PartitionWork, type Sweepable } from './sweep/sweepable.ts';

/** Vectors that stand outside the database, and how their objects are named. */
export interface OutsideVectors {
  readonly store: VectorStore;
  readonly place: { readonly document: string; readonly workspace: string | null };
  readonly images: (chunked: Chunked) => VectorImage[];
  /** How long the vectors are that stand; `null` while there are none, or where nobody can say. */
  dimensions(signal: AbortSignal): Promise<number | null>;
}

/** Documents of one collection as `document-refresh` sweeps them. `outside` is `null` where vectors share the database. */
export function documentRefreshSweepable(
  store: RowStore,
  outside: OutsideVectors | null,
  tools: RefreshTools,
): Sweepable {
  return {
    collection: store.mapping.name,
    open: async (db) => openSweepable(await store.open(db), outside, tools),
    probe: async (signal) => {
      await outside?.store.probe(signal);
      await tools.embedder.probe(signal).catch((error: unknown) => {
        throw ofEndpoint(error);
      });
    },
  };
}

function openSweepable(table: RowTable, outside: OutsideVectors | null, tools: RefreshTools): OpenSweepable {
  const { mapping, refresh } = table;
  const problems = async (db: Db, signal: AbortSignal) => {
    const dimensions = await tools.embedder.dimensions(signal).catch((error: unknown) => {
      throw ofEndpoint(error);
    });
    const found = await refresh.problems(db, keepsChunks(mapping) ? dimensions : null);
    const standing = dimensions === null ? null : ((await outside?.dimensions(signal)) ?? null);
    if (standing !== null && standing !== dimensions) {
      found.push(`vectors of ${outside?.store.description} have ${standing} dimensions, not ${dimensions}`);
    }
    return found;
  };
  return {
    ...rowSurvey(table, { ruleOf: refreshRule, ledgerBytes: async () => ({ current: 0, expected: 0 }) }),
    problems,
    ready: async (db, signal) => {
      const found = await problems(db, signal);
      if (found.length > 0) throw new MappingError(mapping.name, found);
      await refresh.forgetStrangers(db);
    },
    work: {
      steadyBatches: true,
      ...(outside === null
        ? leavesNothing
        : {
            abandoned: (db: Db, exceptRunNo: number) => abandonedSwaps(db, mapping.name, exceptRunNo),
            recover: (work: PartitionWork) => recoverSwaps(partsOf(table, outside), work),
          }),
      applyBatch: (work, size) => refreshBatch({ table, outside, tools }, work, size),
      together: null,
    },
    undo: null,
  };
}

function keepsChunks({ vectors }: CollectionMapping): boolean {
  return vectors.in === 'table' || vectors.in === 'weaviate';
}

interface Refresh {
  readonly table: RowTable;
  readonly outside: OutsideVectors | null;
  readonly tools: RefreshTools;
}

/** How long documents are begun before the sweep looks at its clock. */
const batchMs = 15_000;

/**
 * Works through what is due, in the order of the table, so many at a time. When that is done, documents that failed for
 * what may pass are tried once more by every later activity on the partition; while some are left it fails, so that
 * Temporal paces the tries and the partition becomes a dead letter when they are used up.
 */
async function refreshBatch(refresh: Refresh, work: PartitionWork, size: number): Promise<number> {
  const endsAt = performance.now() + batchMs;
  let after = work.guard.after;
  let passed = 0;
  async function* due(): AsyncGenerator<Wanted> {
    let next = readBatch(refresh, work, after, size);
    try {
      for (let batch = await next; batch !== null; batch = await next) {
        // Read ahead, so that no lane waits for the database between two batches.
        next = readBatch(refresh, work, batch.after, size);
        next.catch(() => {});
        for (const wanted of batch.wanted) {
          if (performance.now() > endsAt) return;
          yield wanted;
        }
        after = batch.after;
        passed += batch.seen;
        if (performance.now() > endsAt) return;
      }
    } finally {
      await next.catch(() => {});
    }
  }
  await refreshAll(refresh, work, due(), new Set());
  const begun = after;
  if (begun !== work.guard.after) await work.guard.commit(async () => ({ after: begun }));
  if (passed > 0 || performance.now() > endsAt) return size;
  return tryAgain(refresh, work, size);
}

/** The items that follow; `null` when there are none. */
async function readBatch({ table }: Refresh, work: PartitionWork, after: string | null, size: number) {
  const rule = refreshRule(work.terms);
  const batch = { ...work.ledger, partition: work.partition, rule, after, size, keep: false };
  const items = await table.nextItems(work.db, batch);
  if (items.after === null) return null;
  const [standing, known] = await Promise.all([
    table.refresh.read(work.db, batch, items.ids),
    knownSources(work.db, table.mapping.name, items.ids),
  ]);
  // After a crash: what this run has dealt with already is not fetched twice.
  const fresh = standing.filter(({ id }) => known.get(id)?.runNo !== work.ledger.runNo);
  const wanted = fresh.map((document): Wanted => ({ document, known: known.get(document.id) }));
  return { wanted, after: items.after, seen: items.ids.length };
}

async function tryAgain(refresh: Refresh, work: PartitionWork, size: number): Promise<number> {
  const { mapping } = refresh.table;
  const failed = await failedLooks(work.db, mapping.name, work.ledger);
  if (failed.length === 0) return 0;
  const ids = failed.filter(({ epoch }) => epoch < work.guard.epoch).map(({ id }) => id);
  if (ids.length === 0) throw failure(failed);
  const batch = ids.slice(0, size);
  const scope = { partition: work.partition, rule: refreshRule(work.terms) };
  const standing = await refresh.table.refresh.read(work.db, scope, batch);
  const known = await knownSources(work.db, mapping.name, batch);
  async function* wanted(): AsyncGenerator<Wanted> {
    for (const document of standing) yield { document, known: known.get(document.id) };
  }
  await refreshAll(refresh, work, wanted(), new Set(batch));
  const found = new Set(standing.map(({ id }) => id));
  const left = batch.filter((id) => !found.has(id));
  if (left.length > 0) {
    const looked = left.map(
      (id): Looked => ({ kind: 'left', id, outcome: 'changed_meanwhile', reason: 'it is no longer due' }),
    );
    await work.guard.commit((tx) =>
      writeOutcomes(tx, work, refresh.table.refresh, mapping.name, looked, new Set(left)),
    );
  }
  return size;
}

/** Says how many and of which kind; which ones is in the database, and no matter of Temporal's history. */
function failure(failed: readonly { readonly reason: string | null }[]): StoreError {
  const timedOut = failed.every(({ reason }) => reason?.startsWith('TimeoutError') === true);
  const inDatabase = failed.every(({ reason }) => reason?.startsWith('DatabaseError') === true);
  const name = timedOut ? 'TimeoutError' : inDatabase ? 'DatabaseError' : 'ConnectionError';
  const what = failed.length === 1 ? '1 document' : `${failed.length} documents`;
  return new StoreError(name, `${what} could not be fetched again; \`coppice runs show\` names the reasons`, {
    wholeStore: false,
  });
}

async function refreshAll(
  { table, outside, tools }: Refresh,
  work: PartitionWork,
  wanted: AsyncGenerator<Wanted>,
  again: ReadonlySet<string>,
): Promise<void> {
  const { mapping, refresh } = table;
  const settings = refreshSettings(work.terms);
  const deps = {
    tools,
    settings,
    keepsChunks: keepsChunks(mapping),
    content: (id: string) => refresh.content(work.db, id),
  };
  const writer = new GroupWriter<Looked>(
    async (group) => {
      if (outside !== null)
        return writeOutside({ ...partsOf(table, outside), images: outside.images }, work, group, again);
      await work.guard.commit((tx) => writeOutcomes(tx, work, refresh, mapping.name, group, again));
    },
    { items: settings.fetchesAtOnce, weight: mostWaiting, weigh: charactersOf },
  );
  try {
    await inLanes(wanted, settings.fetchesAtOnce, work.signal, async (one, signal) => {
      const looked = await look(deps, one, mostBytesAtOnce, signal);
      if (looked !== 'large') return writer.add(looked);
      // Asked once more, and held by nobody else until it is written.
      await tools.largePages.turn(signal, async () => {
        const whole = await look(deps, one, undefined, signal);
        if (whole !== 'large') await writer.write(whole);
      });
    });
  } finally {
    // Fetched pages are written, and no write continues after the caller has been told.
    await writer.end();
  }
}

/** Of a page that is fetched beside others. */
const mostBytesAtOnce = 2 * 2 ** 20;

/** Characters of text that wait to be written. */
const mostWaiting = 2_000_000;

function charactersOf(one: Looked): number {
  return one.kind === 'left' ? 0 : (one.replacement.page?.text.length ?? 0);
}

function partsOf({ mapping, refresh }: RowTable, { store, place }: OutsideVectors) {
  return { table: refresh, vectors: store, collection: mapping.name, place };
}
