import { sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction, type TransactionBounds } from '../../../database/transaction.ts';
import type { GraphCompute } from '../../ports/graph-compute.ts';
import type { GraphFence } from '../../ports/graph-fence.ts';
import type { ItemsInDatabase } from '../../ports/graph-items.ts';
import type { GraphStore } from '../../ports/graph-store.ts';
import { knownGroup, storedGroup } from '../../stored-group.ts';
import { ensureGraphTables } from './default-schema.ts';
import { deprecateDocuments } from './deprecate.ts';
import { requireEpochs } from './epoch.ts';
import { factsInTables } from './facts-with-dates.ts';
import { fetchImages } from './images.ts';
import { inspectGraph } from './inspect.ts';
import { inspectFields } from './inspect-fields.ts';
import { loadLines } from './load.ts';
import { mergingOnTables } from './merging/index.ts';
import { entityIds, relationEdges } from './read-graph.ts';
import { removeItems, restoreItems } from './remove.ts';
import { currentCommunities, currentResults, publishResults, writeResults } from './results.ts';
import type { PostgresMapping } from './scope.ts';
import { staleItems } from './stale.ts';
import { standingRows } from './standing.ts';
import { groupTallies, talliesOf, unscopedRows } from './tallies.ts';

/** A graph in tables of the database that holds Coppice's own, native or embedded. */
export function createPostgresGraph(db: Db, mapping: PostgresMapping): GraphStore {
  const items = itemsInTables(db, mapping);
  return {
    mapping,
    description: `tables ${mapping.place.entities.table.schema}.${mapping.place.entities.table.name} … in PostgreSQL`,
    probe: async () => {
      await named(() => sql`select 1`.execute(db));
    },
    ensure: () => named(() => boundedTransaction(db, (tx) => ensureGraphTables(tx, mapping))),
    inspect: () => named(() => inspectGraph(db, mapping)),
    inspectFields: (use) => named(() => inspectFields(db, mapping, use)),
    census: {
      tallies: () => groupTallies(db, mapping),
      talliesOf: (groups) => named(() => talliesOf(db, mapping, groups)),
      unscoped: () => named(() => unscopedRows(db, mapping)),
      stale: (groups, rule) => staleItems(db, mapping, groups, rule),
      standing: (of) => named(() => standingRows(db, mapping, of)),
    },
    items: { graph: items, vectors: items },
    compute: computeOnTables(db, mapping),
    loading: {
      load: mapping.mapped
        ? null
        : (lines) => named(() => boundedTransaction(db, (tx) => loadLines(tx, mapping, lines))),
      deprecate: (group, documents, at) =>
        named(() => boundedTransaction(db, (tx) => deprecateDocuments(tx, mapping, group, documents, at))),
    },
    merging: mergingOnTables(db, mapping),
    facts: factsInTables(db, mapping),
    validity: null,
    close: async () => {},
  };
}

function itemsInTables(db: Db, mapping: PostgresMapping): ItemsInDatabase {
  return {
    at: 'database',
    fetch: (group, items) => {
      const stored = storedGroup(mapping, group);
      const given = items.map((item) => ({ ...item, stored }));
      return named(() => fetchImages(db, mapping, given));
    },
    remove: async (tx, rule, items) => {
      const given = items.map((item) => ({ ...item, stored: storedGroup(mapping, item.group) }));
      const removed = await removeItems(tx, mapping, rule, given);
      return removed.map((image) => ({ ...image, group: knownGroup(mapping, image.stored) ?? '' }));
    },
    restore: (tx, group, images) => restoreItems(tx, mapping, group, images),
  };
}

function computeOnTables(db: Db, mapping: PostgresMapping): GraphCompute {
  const fenced = (
    of: readonly { readonly fence: GraphFence }[],
    work: (tx: Tx) => Promise<void>,
    bounds: TransactionBounds = {},
  ): Promise<void> =>
    named(() =>
      boundedTransaction(
        db,
        async (tx) => {
          await requireEpochs(
            tx,
            mapping.name,
            of.map(({ fence }) => fence),
          );
          await work(tx);
        },
        bounds,
      ),
    );
  return {
    entities: (groups) => entityIds(db, mapping, groups),
    edges: (groups) => relationEdges(db, mapping, groups),
    results: (groups) => named(() => currentResults(db, mapping, groups)),
    communities: (groups) => currentCommunities(db, mapping, groups),
    // No reader sees a version before it is published, and that commit makes durable what came before it.
    write: (results) => fenced(results, (tx) => writeResults(tx, mapping, results), { durable: false }),
    publish: (published) => fenced(published, (tx) => publishResults(tx, mapping, published)),
    algorithms: null,
  };
}
