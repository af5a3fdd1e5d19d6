import { sql } from 'kysely';
import { named } from '../../../database/errors.ts';
import type { Db, Tx } from '../../../database/schema.ts';
import { boundedTransaction } from '../../../database/transaction.ts';
import { EmptyScopeError } from '../../../domain/store-errors.ts';
import { ensureSchema, lockSchema } from '../../../state/migrate.ts';
import type { GraphFence } from '../../ports/graph-fence.ts';
import type { GraphVectors } from '../../ports/graph-vectors.ts';
import { storedGroup } from '../../stored-group.ts';
import { ensureVectorTable } from '../graph/default-schema.ts';
import { markRows } from '../graph/deprecate.ts';
import { requireEpochs } from '../graph/epoch.ts';
import { inspectTables, wantedTable } from '../graph/inspect.ts';
import { writeLines } from '../graph/load.ts';
import { restoreInto } from '../graph/remove.ts';
import { describeVectors, fetchVectors, listVectors, unscopedVectors, vectorTallies } from './read.ts';
import { removeVectors } from './remove.ts';
import { asItems, type TableMapping } from './scope.ts';

/** Vectors of a graph elsewhere in a table of Coppice's own database, where the fence is checked in the very transaction. */
export function createTableGraphVectors(db: Db, mapping: TableMapping): GraphVectors {
  const { vectorsBeside: of, name: graph } = mapping;
  const write = <T>(work: (tx: Tx) => Promise<T>) => named(() => boundedTransaction(db, work));
  const fenced = <T>(fence: GraphFence, work: (tx: Tx) => Promise<T>) =>
    write(async (tx) => {
      await requireEpochs(tx, graph, [fence]);
      return work(tx);
    });
  return {
    description: `table ${of.table.schema}.${of.table.name} in PostgreSQL`,
    probe: async () => {
      await named(() => sql`select 1`.execute(db));
    },
    ensure: async () => {
      if (of.mapped) return;
      await write(async (tx) => {
        await lockSchema(tx);
        await ensureSchema(tx, of.table.schema);
        await sql`create extension if not exists vector`.execute(tx);
        await ensureVectorTable(tx, of.table);
      });
    },
    inspect: () => named(() => inspectTables(db, mapping, [wantedTable(of, of.document, of.entity)], of.mapped, of)),
    tallies: () => named(() => vectorTallies(db, mapping, null)),
    talliesOf: (groups) => named(() => vectorTallies(db, mapping, groups)),
    unscoped: () => named(() => unscopedVectors(db, mapping)),
    list: (groups) => listVectors(db, mapping, groups),
    fetch: (group, ids) => named(() => fetchVectors(db, mapping, group, ids)),
    describe: (group, images) => named(() => describeVectors(db, mapping, group, images)),
    remove: (fence, images) => fenced(fence, (tx) => removeVectors(tx, mapping, fence.group, images)),
    restore: (fence, images) =>
      fenced(fence, async (tx) => {
        if (images.length === 0) throw new EmptyScopeError('the list of images');
        return { superseded: await restoreInto(tx, asItems(mapping), storedGroup(mapping, fence.group), images) };
      }),
    deprecate: async (group, documents, at) => {
      if (documents.length === 0) throw new EmptyScopeError('documents');
      return write((tx) => markRows(tx, of, of.document, storedGroup(mapping, group), documents, at));
    },
    load: of.mapped ? null : (lines) => write((tx) => writeLines(tx, 'vector', of.table, lines)),
    // The pool of connections belongs to the caller.
    close: async () => {},
  };
}
