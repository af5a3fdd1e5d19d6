import { sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction, type TransactionBounds } from '../../../database/transaction.ts';
import type { GraphFence, GraphStore } from '../../ports/graph-store.ts';
import { storedGroup } from '../../stored-group.ts';
import { ensureGraphTables } from './default-schema.ts';
import { deprecateDocuments } from './deprecate.ts';
import { requireEpoch } from './epoch.ts';
import { fetchImages } from './images.ts';
import { inspectGraph } from './inspect.ts';
import { loadLines } from './load.ts';
import { entityIds, relationEdges } from './read-graph.ts';
import { removeItems, restoreItems } from './remove.ts';
import { currentCommunities, currentResults, publishResults, writeResults } from './results.ts';
import type { PostgresMapping } from './scope.ts';
import { staleItems } from './stale.ts';
import { standingRows } from './standing.ts';
import { groupTallies, groupTally, unscopedRows } from './tallies.ts';
import { groupsTogether } from './together.ts';

/** A graph in tables of the database that holds Coppice's own, native or embedded. */
export function createPostgresGraph(db: Db, mapping: PostgresMapping): GraphStore {
  /** The fence is the partition's own lock. */
  const fenced = <T>(fence: GraphFence, work: (tx: Tx) => Promise<T>, bounds: TransactionBounds = {}): Promise<T> =>
    named(() =>
      boundedTransaction(
        db,
        async (tx) => {
          await requireEpoch(tx, mapping.name, fence);
          return work(tx);
        },
        bounds,
      ),
    );
  return {
    mapping,
    description: `tables ${mapping.place.entities.table.schema}.${mapping.place.entities.table.name} … in PostgreSQL`,
    probe: async () => {
      await named(() => sql`select 1`.execute(db));
    },
    ensure: () => named(() => boundedTransaction(db, (tx) => ensureGraphTables(tx, mapping))),
    inspect: () => named(() => inspectGraph(db, mapping)),
    tallies: () => groupTallies(db, mapping),
    tally: (group) => named(() => groupTally(db, mapping, group)),
    unscoped: () => named(() => unscopedRows(db, mapping)),
    stale: (groups, rule) => staleItems(db, mapping, groups, rule),
    standing: (of) => named(() => standingRows(db, mapping, of)),
    items: {
      at: 'database',
      fetch: (group, items) => {
        const stored = storedGroup(mapping, group);
        return named(() =>
          fetchImages(
            db,
            mapping,
            items.map((item) => ({ ...item, stored })),
          ),
        );
      },
      remove: (tx, group, rule, items) => {
        const stored = storedGroup(mapping, group);
        return removeItems(
          tx,
          mapping,
          rule,
          items.map((item) => ({ ...item, stored })),
        );
      },
      restore: (tx, group, images) => restoreItems(tx, mapping, group, images),
    },
    deprecate: (group, documents, at) =>
      named(() => boundedTransaction(db, (tx) => deprecateDocuments(tx, mapping, group, documents, at))),
    load: mapping.mapped ? null : (lines) => named(() => boundedTransaction(db, (tx) => loadLines(tx, mapping, lines))),
    entities: (group) => entityIds(db, mapping, group),
    edges: (group) => relationEdges(db, mapping, group),
    results: (group) => named(() => currentResults(db, mapping, group)),
    communities: (group) => currentCommunities(db, mapping, group),
    // Nobody sees a page before its version is published, and that commit makes durable what came before it.
    writeResults: (fence, version, page) =>
      fenced(fence, (tx) => writeResults(tx, mapping, fence.group, version, page), { durable: false }),
    publish: (fence, results) => fenced(fence, (tx) => publishResults(tx, mapping, fence.group, results)),
    algorithms: null,
    together: groupsTogether(mapping),
    close: async () => {},
  };
}
