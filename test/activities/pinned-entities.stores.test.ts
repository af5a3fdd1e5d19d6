import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import { createGraphComputer } from '../../src/compute/graph-computer.ts';
import { deduplicateFacts } from '../../src/jobs/deduplicate-facts.ts';
import type { GraphLine } from '../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { cutoff } from '../stores/graph/corpus.ts';
import { graphTools, surveyed } from '../support/graph-sweep.ts';
import { describeOnGraphStores, forgetGraphs } from '../support/graphs-of-suite.ts';
import { describeOnDatabase } from '../support/stores.ts';

const parameters = Object.fromEntries(
  Object.entries(deduplicateFacts.parameters).map(([name, { default: value }]) => [name, value]),
);

/** Three pairs that say the same. */
const lines = ['kept', 'gone', 'free'].flatMap((name) =>
  ['1', '2'].map((copy): GraphLine => {
    const own = {
      id: `${name}-${copy}`,
      name: `the ${name} one`,
      entity_type: 'Person',
      summary: '',
      embedding: [1, 0],
    };
    return { ...own, type: 'entity', group_id: 'a', created_at: `2026-01-0${copy}T00:00:00.000Z` };
  }),
);

describeOnGraphStores('pinned entities', (graph) => {
  describeOnDatabase('native', `pinned entities of ${graph.store}`, (database) => {
    const tools: GraphTools = graphTools(createGraphComputer({ threads: 1 }));
    let store: GraphStore;

    beforeEach(async () => {
      store = await graph.open(database.db, { pinned: true });
      await forgetGraphs(database.db);
      await graph.clear(database.db);
      await store.loading.load?.(lines);
    });
    afterEach(() => store.close());
    afterAll(async () => {
      await tools.computer.close();
      await tools.finder.close();
    });

    it('are merged, whichever of the two would stay, only where a person accepts it', async () => {
      const terms = { cutoff, parameters, respectHolds: true, partition: null };
      await graph.pin(database.db, 'kept-1');
      await graph.pin(database.db, 'gone-2');
      expect(await store.inspectFields('merging')).toEqual({ problems: [], empty: [] });
      const run = async () => {
        const sweep = await surveyed(database.db, store, tools, terms, 'deduplicate-facts');
        await sweep.apart(50);
        const { rows } = await sql<{ row: string }>`select concat_ws(' ', survivor, loser, state, guard) as row
          from coppice.merges order by 1`.execute(database.db);
        return rows.map(({ row }) => row);
      };
      const waiting = ['gone-1 gone-2 review pinned', 'kept-1 kept-2 review pinned'];
      expect(await run()).toEqual(['free-1 free-2 merged', ...waiting]);
      await sql`update coppice.merges set state = 'accepted' where survivor = 'gone-1'`.execute(database.db);
      expect(await run()).toEqual(['free-1 free-2 merged', 'gone-1 gone-2 merged', waiting[1]]);
    });
  });
});
