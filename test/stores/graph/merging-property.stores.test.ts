import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { defaultCypherGraph, defaultPostgresGraph } from '../../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../../src/config/merge-fields.ts';
import { boundedTransaction } from '../../../src/database/transaction.ts';
import { mergesOf } from '../../../src/domain/merging/survivor.ts';
import { literal } from '../../../src/stores/falkordb/parameters.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import { createPostgresGraph } from '../../../src/stores/postgres/graph/store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { describeOnDatabase } from '../../support/stores.ts';
import { falkorPlace, openFalkorGraph } from './falkordb-place.ts';
import { mergeTools } from './merging.contract.ts';
import type { GraphPlace, Transaction } from './place.ts';
import { tablesPlace } from './tables-place.ts';

const group = 'generated';
const line = { group_id: group, created_at: '2026-01-01T00:00:00.000Z' };

/**
 * Entities that are one thing have one letter: `a0`, `a1`. Relations lead anywhere, also from a thing to itself. Documents
 * have the ids of entities.
 */
const ends = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(2)).map(([thing, copy]) => `${thing}${copy}`);
const world = fc.record({
  relations: fc.array(
    fc.record({
      ends: fc.tuple(ends, ends).filter(([source, target]) => source !== target),
      name: fc.constantFrom('knows', 'likes'),
      text: fc.constantFrom('They met.', 'they MET', 'they quarrelled'),
      document: fc.constantFrom('d0', 'd1'),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  mentions: fc.uniqueArray(fc.tuple(fc.constantFrom('d0', 'd1'), ends), {
    maxLength: 6,
    selector: (mention) => mention.join(),
  }),
  order: fc.infiniteStream(fc.nat()),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function linesOf({ relations, mentions }: World): GraphLine[] {
  const ids = new Set([...relations.flatMap((one) => one.ends), ...mentions.map(([, entity]) => entity)]);
  return [
    ...['d0', 'd1'].map((id): GraphLine => ({ ...line, type: 'document', id })),
    ...[...ids].map((id): GraphLine => ({ ...line, type: 'entity', id, name: `name ${id}`, summary: `about ${id}` })),
    ...mentions.map(([document, entity]): GraphLine => ({ ...line, type: 'mention', document, entity })),
    ...relations.map(({ ends: [source, target], text: summary, ...one }, at): GraphLine => {
      return { ...line, type: 'relation', id: `r${at}`, source, target, summary, ...one };
    }),
  ];
}

/** Both stores keep the promises with ever so many generated graphs; `runs` bounds the time. */
function mergesKeepTheirPromises(place: () => GraphPlace, transaction: Transaction, runs: number): void {
  const { port, merged, recorded, unmerged, entities } = mergeTools(place, transaction);

  /**
   * A graph as readers see it: statements and what is known of each entity. Left out is which of two relations that say the same
   * kept its id, and the order of lines in a description: a run fixes both by the order of ids.
   */
  async function graphNow() {
    const statements: string[] = [];
    for await (const page of port().comparedFacts(group)) {
      for (const { place: at, text } of page) statements.push(statementOf(JSON.parse(at), text));
    }
    const known = [...(await entities(group)).values()].map(({ id, name, text, degree }) => {
      return `${id} ${name} ${text.split('\n').sort().join()} ${degree}`;
    });
    return { statements: statements.sort(), known: known.sort() };
  }

  it('merges give one graph in any order, lose no edge, are done once, and are undone exactly', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        await place().clear();
        await place().load(linesOf(one));
        const before = await place().checksum(group);
        const things = Map.groupBy((await entities(group)).values(), ({ id }) => id.slice(0, 1));
        const merges = [...things.values()].flatMap((members) =>
          mergesOf(members, () => []).map(({ survivor, loser }) => ({ kind: 'entity' as const, survivor, loser })),
        );
        const survivorOf = new Map(merges.map(({ survivor, loser }) => [loser, survivor]));
        const keys = [...one.order.take(merges.length)];
        const shuffled = merges.map((pair, at) => ({ pair, key: keys[at] ?? 0 })).sort((x, y) => x.key - y.key);
        const seen = [];
        for (const order of [merges, shuffled.map(({ pair }) => pair), merges.toReversed()]) {
          const records = [];
          for (const pair of order) records.push(await recorded(group, pair));
          const after = await place().checksum(group);
          seen.push(await graphNow());
          for (const pair of order) expect(await merged(group, pair)).toEqual({ refused: 'missing' });
          expect(await place().checksum(group)).toBe(after);
          for (const record of records.toReversed()) {
            expect(await unmerged(group, record)).toEqual({ undone: true, differences: [] });
          }
          expect(await place().checksum(group)).toBe(before);
        }
        const [first] = seen;
        for (const other of seen) expect(other).toEqual(first);
        expect(new Set(first?.statements)).toEqual(new Set(statementsBetweenThings(one, survivorOf)));
      }),
      { numRuns: runs },
    );
  });

  /** Every statement between two different things, with the entities that stay as its ends. */
  function statementsBetweenThings({ relations }: World, survivorOf: ReadonlyMap<string, string>): string[] {
    return relations.flatMap(({ ends: named, name, text, document }) => {
      const [source, target] = named.map((id) => survivorOf.get(id) ?? id);
      if (source === target) return [];
      return [statementOf([source, target, name, null, null, document], text)];
    });
  }

  /** Texts that differ in case and punctuation say the same. */
  function statementOf(at: unknown, text: string): string {
    return `${JSON.stringify(at)} ${text.toLowerCase().replace('.', '')}`;
  }
}

describeOnDatabase('native', 'merges of generated graphs', (database) => {
  const place = defaultPostgresGraph('generated');
  const mapping = {
    name: 'generated',
    mapped: false,
    emptyGroup: null,
    accept: [],
    place,
    merging: defaultMergeFields,
  };
  let opened: GraphPlace;

  beforeAll(async () => {
    const store = createPostgresGraph(database.db, mapping);
    await store.ensure();
    opened = tablesPlace(database.db, store, place);
  });

  mergesKeepTheirPromises(
    () => opened,
    (work) => boundedTransaction(database.db, work),
    20,
  );
});

describeOnFalkordb('merges of generated graphs', (suite) => {
  const graph = suite.graph('generated');
  const place = { ...defaultCypherGraph('falkordb'), database: graph };
  const mapping = {
    name: 'generated',
    mapped: false,
    emptyGroup: null,
    accept: [],
    place,
    merging: defaultMergeFields,
  };
  let opened: GraphPlace;

  beforeAll(async () => {
    const store = await openFalkorGraph(suite.url, mapping);
    await store.ensure();
    const of = (id: string) => ({ graph, where: `n.group_id = ${literal(id)}` });
    opened = falkorPlace(suite, store, of, async () => [graph]);
    return () => store.close();
  });

  mergesKeepTheirPromises(
    () => opened,
    () => Promise.reject(new Error('this graph is no part of the database')),
    10,
  );
});
