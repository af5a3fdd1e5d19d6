import { beforeEach, describe, expect, it } from 'vitest';
import { type Collector, type CollectRule, collectors } from '../../../src/domain/collectors.ts';
import type { StaleItem } from '../../../src/domain/graph-item.ts';
import { EmptyScopeError } from '../../../src/domain/store-errors.ts';
import { type Named, tallyOf } from '../../../src/stores/ports/graph-census.ts';
import { GraphFenceError } from '../../../src/stores/ports/graph-fence.ts';
import { itemKey } from '../../../src/stores/ports/graph-items.ts';
import { communitiesOf, entitiesOf, resultsOf } from '../../support/graph-reads.ts';
import { cutoff, randomGroup } from './corpus.ts';
import { judge } from './model.ts';
import { type GraphPlace, remove, restore, type Transaction } from './place.ts';

const hostile = [
  "o'brien",
  'a"b',
  "x'; drop table knowledge.graph_entities; --",
  "'}) DETACH DELETE n //",
  '`backtick`',
  'a\\b',
  '$group',
  'ünïcödé 漢字 🌲',
  'x'.repeat(200),
];

/** Promises of every graph store; each adapter runs them against its real server. */
export function graphStoreContract(place: () => GraphPlace, transaction: Transaction): void {
  const rule = (graceDays = 1, only: readonly Collector[] = collectors): CollectRule => ({
    cutoff,
    graceDays,
    collectors: only,
  });
  const staleOf = async (groups: readonly string[], by: CollectRule) => {
    const found: StaleItem[] = [];
    for await (const page of place().store.census.stale(groups, by)) found.push(...page);
    return found;
  };
  /** Edges by group, the heaviest first. */
  const edgesOf = async (groups: readonly string[]) => {
    const found = new Map<string, [string, string, number][]>();
    for await (const page of place().store.compute.edges(groups)) {
      for (const { group, sources, targets, weights } of page) {
        const edges = weights.map((weight, at): [string, string, number] => [
          sources[at] ?? '',
          targets[at] ?? '',
          weight,
        ]);
        found.set(group, [...(found.get(group) ?? []), ...edges]);
      }
    }
    for (const edges of found.values()) edges.sort(([a, , p], [b, , q]) => q - p || (a < b ? -1 : 1));
    return found;
  };
  const group = (name: string, seed: number) => randomGroup({ group: name, seed, dangling: place().dangling });

  beforeEach(() => place().clear());

  describe('stale items', () => {
    it.each([1, 2, 3, 4, 5, 6, 7, 8])('agrees with the rules of the domain, item by item (seed %i)', async (seed) => {
      const lines = [...group('a', seed), ...group('b', seed + 100)];
      await place().load(lines);
      for (const by of [
        rule(),
        rule(0),
        rule(2, ['orphan-entities']),
        rule(1, ['stale-edges']),
        rule(0, ['deprecated-vectors']),
      ]) {
        const found = await staleOf(['a', 'b'], by);
        const expected = ['a', 'b'].flatMap((name) => judge(lines, name, by).map((one) => ({ group: name, ...one })));
        const shape = (one: Omit<StaleItem, 'dates'>) =>
          [one.group, itemKey(one), one.reason, one.since?.toISOString() ?? null, one.due].join(' ');
        expect(found.map(shape).sort()).toEqual(expected.map(shape).sort());
      }
    });

    it('refuses an empty scope', async () => {
      await expect(staleOf([], rule())).rejects.toThrow(EmptyScopeError);
      await expect(staleOf([''], rule())).rejects.toThrow(EmptyScopeError);
      await expect(tallyOf(place().store.census, '')).rejects.toThrow(EmptyScopeError);
    });
  });

  describe('tallies', () => {
    it('count every group once, and change when anything of a group does', async () => {
      await place().load([...group('a', 1), ...group('b', 2)]);
      const before = await tallies();
      expect([...before.keys()].sort()).toEqual(['a', 'b']);
      expect(await tallyOf(place().store.census, 'a')).toEqual(before.get('a'));
      expect(await place().store.census.talliesOf(['b', 'a'])).toEqual(before);
      expect(before.get('a')).toMatchObject({ entities: 10, relations: 10, vectors: 8 });
      await place().store.loading.deprecate('a', ['d3', 'd4', 'd5', 'd1', 'd2'], cutoff);
      const after = await tallies();
      expect(after.get('a')?.digest).not.toBe(before.get('a')?.digest);
      expect(after.get('b')).toEqual(before.get('b'));
    });
    it('a group without vectors is counted alone as it is among all', async () => {
      const line = { group_id: 'c', created_at: '2026-01-01T00:00:00.000Z' };
      await place().load([{ ...line, type: 'entity', id: 'e' }, ...group('a', 1)]);
      expect(await tallyOf(place().store.census, 'c')).toEqual((await tallies()).get('c'));
    });
    it('a group that has nothing is all zero', async () => {
      expect(await tallyOf(place().store.census, 'nobody')).toMatchObject({
        documents: 0,
        entities: 0,
        mentions: 0,
        relations: 0,
        vectors: 0,
      });
    });

    const tallies = async () => {
      const found = new Map();
      for await (const page of place().store.census.tallies()) for (const one of page) found.set(one.group, one);
      return found;
    };
  });

  describe('existing items', () => {
    it('documents with their dates and entities, each in its own group, and nothing of deleted ones', async () => {
      const old = { created_at: '2026-01-01T00:00:00.000Z' };
      const gone = { ...old, deprecated_at: '2026-02-01T00:00:00.000Z' };
      await place().load([
        { ...old, group_id: 'a', type: 'document', id: 'x' },
        { ...gone, group_id: 'a', type: 'document', id: 'y' },
        { ...old, group_id: 'a', type: 'entity', id: 'x' },
        { ...old, group_id: 'b', type: 'document', id: 'y' },
      ]);
      const named = ['a', 'b'].flatMap((group) =>
        ['x', 'y', 'nowhere'].flatMap((id) =>
          (['document', 'entity'] as const).map((kind): Named => ({ group, kind, id })),
        ),
      );
      const found = (await place().store.census.standing(named)).map((one) =>
        Object.values(one).map(String).toSorted(),
      );
      expect(found.sort()).toEqual(
        [
          ['a', 'document', 'x', 'null'],
          ['a', 'document', 'y', String(new Date(gone.deprecated_at))],
          ['a', 'entity', 'x', 'null'],
          ['b', 'document', 'y', 'null'],
        ]
          .map((one) => one.toSorted())
          .sort(),
      );
      await expect(place().store.census.standing([])).rejects.toThrow(EmptyScopeError);
      await expect(place().store.census.standing([{ group: '', kind: 'entity', id: 'x' }])).rejects.toThrow(
        EmptyScopeError,
      );
    });
  });

  describe('removal', () => {
    it('takes what is due and nothing else, in the order of the collectors, and puts it back exactly', async () => {
      const lines = [...group('a', 23), ...group('b', 12)];
      await place().load(lines);
      const [a, b] = [await place().checksum('a'), await place().checksum('b')];
      const due = (await staleOf(['a'], rule())).filter((one) => one.due);
      const inOrder = [...due].sort((x, y) => order(x) - order(y));
      expect(inOrder.length).toBeGreaterThan(5);
      const removed = [];
      for (const item of inOrder) removed.push(...(await remove(place(), transaction, 'a', rule(), [item])));
      expect(removed.map(itemKey).sort()).toEqual(due.map(itemKey).sort());
      const kept = new Set(due.map(itemKey));
      expect((await staleOf(['a'], rule())).filter((one) => one.due && kept.has(itemKey(one)))).toEqual([]);
      expect(await place().checksum('b')).toBe(b);
      expect(await restore(place(), transaction, 'a', removed)).toEqual([]);
      expect(await place().checksum('a')).toBe(a);
      expect(await restore(place(), transaction, 'a', removed)).toEqual([]);
      expect(await place().checksum('a')).toBe(a);
      expect(await place().checksum('b')).toBe(b);
    });

    it('an integer beyond 2^53 comes back as it was', async () => {
      const old = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      await place().load([{ ...old, type: 'entity', id: 'e' }]);
      await place().setRank('a', 'e', '9007199254740993');
      const removed = await remove(place(), transaction, 'a', rule(), await staleOf(['a'], rule()));
      expect(removed.map(itemKey)).toEqual(['entity:e']);
      expect(await restore(place(), transaction, 'a', removed)).toEqual([]);
      expect(await place().rankOf('a', 'e')).toBe('9007199254740993');
    });

    it('looks at the rule again: what is no longer due stays', async () => {
      const entity = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      await place().load([
        { ...entity, type: 'entity', id: 'lonely' },
        { ...entity, type: 'entity', id: 'found' },
        { ...entity, type: 'document', id: 'd' },
      ]);
      const due = await staleOf(['a'], rule());
      expect(due.map(itemKey).sort()).toEqual(['entity:found', 'entity:lonely']);
      await place().load([{ ...entity, type: 'mention', document: 'd', entity: 'found' }]);
      const removed = await remove(place(), transaction, 'a', rule(), due);
      expect(removed.map(itemKey)).toEqual(['entity:lonely']);
    });

    it('a relation that another document of the group supports stays', async () => {
      const old = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      const gone = { ...old, deprecated_at: '2026-02-01T00:00:00.000Z' };
      await place().load([
        { ...gone, type: 'document', id: 'old' },
        { ...old, type: 'document', id: 'new' },
        { ...old, type: 'entity', id: 'shared' },
        { ...old, type: 'entity', id: 'own' },
        { ...old, type: 'mention', document: 'old', entity: 'shared' },
        { ...old, type: 'mention', document: 'new', entity: 'shared' },
        { ...old, type: 'mention', document: 'old', entity: 'own' },
      ]);
      const due = (await staleOf(['a'], rule())).filter((one) => one.due).map(itemKey);
      expect(due.sort()).toEqual(['entity:own', 'mention:["old","own"]', 'mention:["old","shared"]']);
    });

    it('a name that means something to a query is only a name', async () => {
      for (const [at, name] of hostile.entries()) await place().load(group(name, 40 + at));
      const sums = new Map<string, string>();
      for (const name of hostile) sums.set(name, await place().checksum(name));
      for (const name of hostile) {
        const due = (await staleOf([name], rule(0))).filter((one) => one.due);
        const inOrder = [...due].sort((x, y) => order(x) - order(y));
        const removed = await remove(
          place(),
          transaction,
          name,
          rule(0),
          inOrder.filter(({ kind }) => kind !== 'entity'),
        );
        removed.push(
          ...(await remove(
            place(),
            transaction,
            name,
            rule(0),
            inOrder.filter(({ kind }) => kind === 'entity'),
          )),
        );
        expect(removed.length).toBe(due.length);
        for (const other of hostile) if (other !== name) expect(await place().checksum(other)).toBe(sums.get(other));
        expect(await restore(place(), transaction, name, removed)).toEqual([]);
        expect(await place().checksum(name)).toBe(sums.get(name));
      }
    });

    it('an undo leaves rows alone that exist again with other content', async () => {
      const old = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      await place().load([{ ...old, type: 'entity', id: 'e', name: 'before' }]);
      const removed = await remove(place(), transaction, 'a', rule(), await staleOf(['a'], rule()));
      expect(removed.map(itemKey)).toEqual(['entity:e']);
      await place().load([{ ...old, type: 'entity', id: 'e', name: 'after' }]);
      const sum = await place().checksum('a');
      expect(await restore(place(), transaction, 'a', removed)).toEqual(['entity:e']);
      expect(await place().checksum('a')).toBe(sum);
    });
  });

  describe('deprecation', () => {
    it('marks documents with what comes from them, once, in one group', async () => {
      await place().load([...group('a', 21), ...group('b', 21)]);
      const b = await place().checksum('b');
      const first = await place().store.loading.deprecate('a', ['d2', 'nowhere'], cutoff);
      expect(first.missing).toEqual(['nowhere']);
      const again = await place().store.loading.deprecate('a', ['d2'], new Date(cutoff.getTime() + 1000));
      expect(again).toEqual({ documents: 0, relations: 0, vectors: 0, missing: [] });
      const due = await staleOf(['a'], rule(0, ['stale-edges']));
      for (const one of due) if (one.due) expect(one.since?.getTime() ?? 0).toBeLessThanOrEqual(cutoff.getTime());
      expect(await place().checksum('b')).toBe(b);
      await expect(place().store.loading.deprecate('', ['d2'], cutoff)).rejects.toThrow(EmptyScopeError);
      await expect(place().store.loading.deprecate('a', [], cutoff)).rejects.toThrow(EmptyScopeError);
    });
  });

  describe('recompute', () => {
    it('reads the group alone: entities, and edges between them that are not deprecated', async () => {
      const line = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      await place().load([
        ...['x', 'y', 'z'].map((id) => ({ ...line, type: 'entity' as const, id })),
        { ...line, type: 'relation', id: '1', source: 'x', target: 'y', weight: 2.5 },
        { ...line, type: 'relation', id: '2', source: 'y', target: 'y' },
        { ...line, type: 'relation', id: '3', source: 'x', target: 'z', deprecated_at: '2026-01-02T00:00:00.000Z' },
        ...group('b', 5),
      ]);
      const own = [
        ['x', 'y', 2.5],
        ['y', 'y', 1],
      ];
      expect((await entitiesOf(place().store, 'a')).sort()).toEqual(['x', 'y', 'z']);
      expect((await edgesOf(['a'])).get('a')).toEqual(own);
      const of = await edgesOf(['a', 'b', 'nobody']);
      expect([...of.keys()].sort()).toEqual(['a', 'b']);
      expect(of.get('a')).toEqual(own);
      expect(of.get('b')).toEqual((await edgesOf(['b'])).get('b'));
      await expect(edgesOf([''])).rejects.toThrow(EmptyScopeError);
    });

    it('an id may contain any character', async () => {
      const line = { group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
      const ids = [...hostile, 'unit\u001fseparator', 'line\nfeed', '"', ','];
      await place().load([
        ...ids.map((id) => ({ ...line, type: 'entity' as const, id })),
        ...ids.map((id, at) => {
          return {
            ...line,
            type: 'relation' as const,
            id: `r${at}`,
            source: id,
            target: ids[at - 1] ?? '"',
            weight: at,
          };
        }),
      ]);
      expect((await entitiesOf(place().store, 'a')).sort()).toEqual(ids.toSorted());
      const expected = ids.map((id, at) => [id, ids[at - 1] ?? '"', at]).toReversed();
      expect((await edgesOf(['a'])).get('a')).toEqual(expected);
      await place().load(group('b', 5));
      expect((await edgesOf(['a', 'b'])).get('a')).toEqual(expected);
    });

    it('readers see the old results until the new ones are whole, then only the new', async () => {
      await place().load([...group('a', 3), ...group('b', 3)]);
      const { store } = place();
      expect(await resultsOf(store, 'a')).toBeNull();
      const fence = await place().fence('a');
      const page = (version: number, community: number, names = ['e0', 'e1']) => [
        { fence, version, entities: names.map((entity) => ({ entity, community, centrality: 0.5 })) },
      ];
      const first = { version: 1, communities: 1, hash: 'one', computedAt: cutoff };
      await store.compute.write(page(1, 7));
      expect(await communitiesOf(store, 'a')).toEqual([]);
      await store.compute.publish([{ fence, results: first }]);
      expect(await resultsOf(store, 'a')).toEqual(first);
      expect((await communitiesOf(store, 'a')).map((one) => one.community)).toEqual([7, 7]);
      await store.compute.write(page(2, 8, ['e0']));
      expect((await communitiesOf(store, 'a')).map((one) => one.community)).toEqual([7, 7]);
      await store.compute.write(page(2, 9, ['e0']));
      await store.compute.publish([{ fence, results: { ...first, version: 2, hash: 'two' } }]);
      expect(await communitiesOf(store, 'a')).toEqual([{ entity: 'e0', community: 9 }]);
      expect(await resultsOf(store, 'b')).toBeNull();
    });

    it('results of several groups are written and read together as each alone', async () => {
      await place().load([...group('a', 3), ...group('b', 3), ...group('c', 3)]);
      const { store } = place();
      const fences = [await place().fence('a'), await place().fence('b')];
      const of = (version: number) => ({ version, communities: version, hash: `hash ${version}`, computedAt: cutoff });
      const entities = (community: number) => ['e0', 'e1'].map((entity) => ({ entity, community, centrality: 0.5 }));
      await store.compute.write(fences.map((fence, at) => ({ fence, version: at + 1, entities: entities(at + 5) })));
      await store.compute.publish(fences.map((fence, at) => ({ fence, results: of(at + 1) })));
      const results = await store.compute.results(['a', 'b', 'c']);
      expect([...results].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
        ['a', of(1)],
        ['b', of(2)],
      ]);
      const found = new Map<string, readonly number[]>();
      for await (const page of store.compute.communities(['a', 'b', 'c'])) {
        for (const { group, communities } of page) found.set(group, communities);
      }
      expect(Object.fromEntries(found)).toEqual({ a: [5, 5], b: [6, 6] });
    });

    it('an epoch that is over writes nothing', async () => {
      await place().load(group('a', 3));
      const { store } = place();
      const old = await place().fence('a');
      const current = await place().fence('a');
      await store.compute.write([{ fence: current, version: 1, entities: [] }]);
      const sum = await place().checksum('a');
      const entities = [{ entity: 'e0', community: 1, centrality: 1 }];
      await expect(store.compute.write([{ fence: old, version: 1, entities }])).rejects.toThrow(GraphFenceError);
      const results = { version: 1, communities: 1, hash: '', computedAt: cutoff };
      await expect(store.compute.publish([{ fence: old, results }])).rejects.toThrow(GraphFenceError);
      expect(await place().checksum('a')).toBe(sum);
      expect(await resultsOf(store, 'a')).toBeNull();
    });
  });
}

function order({ kind }: StaleItem): number {
  return ['relation', 'mention', 'entity', 'vector'].indexOf(kind);
}
