import { beforeAll, beforeEach, expect, it } from 'vitest';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../../src/config/merge-fields.ts';
import { createCypherGraph } from '../../../src/stores/cypher/store.ts';
import { literal } from '../../../src/stores/falkordb/parameters.ts';
import { openFalkorSession } from '../../../src/stores/falkordb/session.ts';
import type { MergesOutside } from '../../../src/stores/ports/graph-merging.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { falkorPlace, openFalkorGraph } from './falkordb-place.ts';
import { twins } from './merging.contract.ts';
import type { GraphPlace } from './place.ts';

const pair = { kind: 'entity', survivor: 'ada', loser: 'ada-2' } as const;
const limits = { maxEdges: 1_000, maxBytes: 1_000_000 };

class Died extends Error {}

describeOnFalkordb('merges of which each statement commits by itself', (suite) => {
  const graph = suite.graph('crashes');
  const place = { ...defaultCypherGraph('falkordb'), database: graph };
  const mapping = { name: 'graph', mapped: false, emptyGroup: null, accept: [], place, merging: defaultMergeFields };
  let opened: GraphPlace;
  let store: GraphStore;

  beforeAll(async () => {
    store = await openFalkorGraph(suite.url, mapping);
    await store.ensure();
    const of = (group: string) => ({ graph, where: `n.group_id = ${literal(group)}` });
    opened = falkorPlace(suite, store, of, async () => [graph]);
    return () => store.close();
  });
  beforeEach(async () => {
    await opened.clear();
    await opened.load([...twins('a'), ...twins('b')]);
  });

  const merges = ({ merging }: GraphStore): MergesOutside => {
    if (merging?.merges.at !== 'outside') throw new Error('this graph is outside the database');
    return merging.merges;
  };

  /** The store of a worker that dies after so many statements. `meanwhile` is done just before. */
  function dyingAfter(statements: number, meanwhile: (() => Promise<void>) | null = null): GraphStore {
    const { password, host } = new URL(suite.url);
    const session = openFalkorSession(
      { url: `redis://${host}`, password: decodeURIComponent(password), timeoutMs: 30_000 },
      graph,
    );
    let left = statements;
    const dying: typeof session = {
      ...session,
      write: (of, work, signal) =>
        session.write(
          of,
          (run) =>
            work(async (text, parameters) => {
              if (left === 0) await (meanwhile ?? (() => Promise.reject(new Died())))();
              left -= 1;
              return run(text, parameters);
            }),
          signal,
        ),
    };
    return createCypherGraph(dying, mapping, {
      ...{ description: 'dying', probe: async () => {}, algorithms: () => null, problems: async () => [] },
    });
  }

  it('a merge or an undo that dies after any statement is finished by the same call', async () => {
    const before = await opened.checksum('a');
    const other = await opened.checksum('b');
    const whole = await merges(store).prepare('a', pair, limits);
    if (!('record' in whole)) throw new Error(whole.refused);
    await merges(store).merge(await opened.fence('a'), whole.record);
    const merged = await opened.checksum('a');
    await merges(store).unmerge(await opened.fence('a'), whole.record);
    expect(await opened.checksum('a')).toBe(before);

    let deaths = 0;
    for (let statements = 1; ; statements++) {
      const dying = dyingAfter(statements);
      const prepared = await merges(store).prepare('a', pair, limits);
      if (!('record' in prepared)) throw new Error(prepared.refused);
      const { record } = prepared;
      const died = await merges(dying)
        .merge(await opened.fence('a'), record)
        .then(
          () => false,
          (error: unknown) => error instanceof Died,
        );
      expect(await merges(store).merge(await opened.fence('a'), record)).toBe('merged');
      expect(await opened.checksum('a')).toBe(merged);
      const parting = dyingAfter(statements);
      const diedAgain = await merges(parting)
        .unmerge(await opened.fence('a'), record)
        .then(
          () => false,
          (error: unknown) => error instanceof Died,
        );
      expect(await merges(store).unmerge(await opened.fence('a'), record)).toMatchObject({ undone: true });
      expect(await opened.checksum('a')).toBe(before);
      await Promise.all([dying.close(), parting.close()]);
      if (!died && !diedAgain) break;
      deaths += Number(died) + Number(diedAgain);
    }
    expect(deaths).toBeGreaterThan(15);
    expect(await opened.checksum('b')).toBe(other);
  });

  it('an edge that is written in the middle of a merge takes all of it back, and stays', async () => {
    const entities = async () => {
      const found: string[] = [];
      for await (const page of store.merging?.compared('a') ?? []) {
        found.push(...page.map(({ id, text, degree }) => `${id} ${text} ${degree}`));
      }
      return found;
    };
    const before = await entities();
    for (const statements of [4, 6, 7]) {
      await opened.load(twins('a'));
      const prepared = await merges(store).prepare('a', pair, limits);
      if (!('record' in prepared)) throw new Error(prepared.refused);
      const name = `late-${statements}`;
      const late = dyingAfter(statements, async () => {
        await suite.query(
          graph,
          `MATCH (l:Entity {id: 'ada-2', group_id: 'a'}), (o:Entity {id: 'london', group_id: 'a'})
          CREATE (l)-[:RELATES_TO {id: '${name}', group_id: 'a'}]->(o)`,
        );
      });
      expect(await merges(late).merge(await opened.fence('a'), prepared.record)).toBe('changed');
      await suite.query(graph, `MATCH ()-[r:RELATES_TO {id: '${name}'}]->() DELETE r`);
      expect(await entities()).toEqual(before);
      await late.close();
    }
  });
});
