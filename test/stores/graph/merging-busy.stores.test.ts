import { type KyselyPlugin, sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { boundedTransaction } from '../../../src/database/transaction.ts';
import type { Prepared } from '../../../src/stores/ports/graph-merging.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { tablesGraph } from '../../support/graph-sweep.ts';
import { describeOnDatabase } from '../../support/stores.ts';
import { twins } from './merging.contract.ts';

describeOnDatabase('native', 'a merge into an entity of which the application writes edges', (database) => {
  let store: GraphStore;
  beforeEach(async () => {
    store = await tablesGraph(database.db, 'busy');
    for (const part of ['documents', 'entities', 'mentions', 'relations', 'vectors']) {
      await sql`delete from knowledge.${sql.ref(`busy_${part}`)}`.execute(database.db);
    }
    await store.loading.load?.(twins('a'));
  });

  /** The application adds an edge as soon as the edges of the survivor were counted. */
  async function merge(): Promise<Prepared> {
    const { merges } = store.merging ?? {};
    if (merges?.at !== 'database') throw new Error('the graph is in tables');
    let counts = 0;
    const meanwhile: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        const [row] = result.rows;
        if (row !== undefined && 'edges' in row) counts += 1;
        // The other one is counted first.
        if (counts === 2) {
          counts += 1;
          await sql`insert into knowledge.busy_relations (group_id, id, source, target, name)
            values ('a', 'late', 'ada', 'london', 'visits')`.execute(database.db);
        }
        return result;
      },
    };
    const pair = { kind: 'entity', survivor: 'ada', loser: 'ada-2' } as const;
    return boundedTransaction(database.db, (tx) =>
      merges.merge(tx.withPlugin(meanwhile), 'a', pair, { maxEdges: 100, maxBytes: 1_000_000 }),
    );
  }

  const edges = async () => {
    const { rows } = await sql<{
      ids: string;
    }>`select string_agg(id, ' ' order by id) as ids from knowledge.busy_relations
      where 'ada' in (source, target)`.execute(database.db);
    return rows[0]?.ids;
  };

  it('is made, and the new edge stays', async () => {
    expect(await merge()).toMatchObject({ record: { survivor: 'ada' } });
    expect(await edges()).toBe('late r1 r3 r4');
  });

  it('is taken back where a trigger may have written the edge', async () => {
    await sql
      .raw(`create function knowledge.nothing() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger watch before update on knowledge.busy_relations for each row execute function knowledge.nothing()`)
      .execute(database.db);
    expect(await merge()).toEqual({ refused: 'changed' });
    expect(await edges()).toBe('late r1 r5');
    await sql.raw('drop trigger watch on knowledge.busy_relations').execute(database.db);
  });
});
