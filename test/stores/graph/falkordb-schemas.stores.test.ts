import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultCypherGraph } from '../../../src/config/graph-defaults.ts';
import { collectors } from '../../../src/domain/collectors.ts';
import type { StaleItem } from '../../../src/domain/graph-item.ts';
import { graphLineLoader } from '../../../src/operations/data/load/graph-line-loader.ts';
import { loadLines } from '../../../src/operations/data/load/load-lines.ts';
import type { CypherMapping } from '../../../src/stores/cypher/names.ts';
import { literal, withParameters } from '../../../src/stores/falkordb/parameters.ts';
import { tallyOf } from '../../../src/stores/ports/graph-census.ts';
import { type ItemsOutside, itemKey } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnFalkordb } from '../../support/falkordb.ts';
import { cutoff } from './corpus.ts';
import { falkorPlace, openFalkorGraph } from './falkordb-place.ts';
import { graphitiGraph } from './graphiti.ts';
import type { GraphPlace } from './place.ts';

const rule = { cutoff, graceDays: 1, collectors };

async function staleOf(store: GraphStore, group: string): Promise<StaleItem[]> {
  const found: StaleItem[] = [];
  for await (const page of store.census.stale([group], rule)) found.push(...page);
  return found;
}

function outside({ items: { graph } }: GraphStore): ItemsOutside {
  if (graph.at !== 'outside') throw new Error('this graph is elsewhere');
  return graph;
}

describeOnFalkordb('schema of Graphiti', (suite) => {
  const prefix = suite.graph('graphiti');
  const place = { ...graphitiGraph('falkordb', (plain) => plain), groups: { by: 'graph', prefix } } as const;
  const mapping: CypherMapping = { name: 'graphiti', mapped: true, emptyGroup: null, accept: [], place };
  let store: GraphStore;
  let opened: GraphPlace;
  const graphs = async () =>
    (await suite.client.sendCommand<string[]>(['GRAPH.LIST'])).filter((name) => name.startsWith(prefix));

  beforeAll(async () => {
    store = await openFalkorGraph(suite.url, mapping);
    opened = falkorPlace(suite, store, (group) => ({ graph: `${prefix}${group}`, where: 'true' }), graphs);
  });
  beforeEach(() => opened.clear());
  afterAll(async () => {
    for (const name of await graphs()) await suite.client.sendCommand(['GRAPH.DELETE', name]);
    await store.close();
  });

  const fill = (group: string) =>
    suite.query(
      `${prefix}${group}`,
      `CREATE (kept:Episodic {uuid: 'kept', created_at: '2026-01-01T00:00:00+00:00'})
       CREATE (a:Entity:Person {uuid: 'a', name: 'it\\'s \\\\ a', created_at: '2026-01-01T11:11:12.123456+01:00', f: 0.30000000000000004,
         rank: 9007199254740993, score: 1.2345678901234567e250, whole: 1.0, minus: -0.0, list: [0.1, 0.30000000000000004, 5, 'x', [1, 'y']],
         place: point({latitude: 1.123456789, longitude: -2.1}), name_embedding: vecf32([0.1, 0.3333333333]), \`odd key\`: true})
       CREATE (b:Entity {uuid: 'b', created_at: '2026-01-02T00:00:00Z'})
       CREATE (circle:Community {uuid: 'circle'})-[:HAS_MEMBER {uuid: 'member', w: 0.1}]->(a)
       CREATE (kept)-[:MENTIONS {uuid: 'm', created_at: '2026-01-01T00:00:00Z'}]->(b)
       CREATE (a)-[:RELATES_TO {uuid: 'gone', episodes: ['gone'], created_at: '2026-01-03T00:00:00Z', fact_embedding: vecf32([0.7, 0.2])}]->(b)
       CREATE (b)-[:RELATES_TO {uuid: 'both', episodes: ['gone', 'kept'], created_at: '2026-01-03T00:00:00Z', expired_at: '2026-01-04T00:00:00Z'}]->(b)`,
    );

  it('a group is a graph: a fact without an episode is removed with its orphan, and both are restored to the last bit', async () => {
    await fill('one');
    await fill('two');
    expect((await store.inspect()).problems).toEqual([]);
    const [before, other] = [await opened.checksum('one'), await opened.checksum('two')];
    const due = await staleOf(store, 'one');
    expect(due.map((one) => [itemKey(one), one.reason, one.due])).toEqual([
      ['relation:gone', 'document_gone', true],
      ['entity:a', 'orphaned', true],
    ]);
    const way = outside(store);
    const taken = [];
    for (const item of due) {
      const images = await way.fetch('one', [item]);
      expect(await way.remove(await opened.fence('one'), rule, images)).toEqual({ stay: [] });
      taken.push(...images);
    }
    expect(await staleOf(store, 'one')).toEqual([]);
    expect(await way.restore(await opened.fence('one'), taken.toReversed())).toEqual({ refused: [] });
    expect(await opened.checksum('one')).toBe(before);
    expect(await opened.checksum('two')).toBe(other);
    // A fraction is printed with fifteen digits: whether it is the same only the server can say.
    const exact = await suite.query(
      `${prefix}one`,
      `MATCH (n:Entity {uuid: 'a'}) RETURN n.f = 0.30000000000000004, n.rank = 9007199254740993, n.score = 1.2345678901234567e250,
         n.list = [0.1, 0.30000000000000004, 5, 'x', [1, 'y']], n.name_embedding = vecf32([0.1, 0.3333333333]),
         n.place = point({latitude: 1.123456789, longitude: -2.1}), typeOf(n.whole), typeOf(n.rank), typeOf(n.list[2])`,
    );
    expect(exact).toEqual([['true', 'true', 'true', 'true', 'true', 'true', 'Float', 'Integer', 'Integer']]);
  });

  it('rows that were written since they were read stay, even if only a last digit changed', async () => {
    await fill('one');
    const way = outside(store);
    await way.remove(await opened.fence('one'), rule, await way.fetch('one', [{ kind: 'relation', id: 'gone' }]));
    const images = await way.fetch('one', [{ kind: 'entity', id: 'a' }]);
    await suite.query(`${prefix}one`, `MATCH (n:Entity {uuid: 'a'}) SET n.f = 0.3`);
    expect(await way.remove(await opened.fence('one'), rule, images)).toEqual({ stay: ['entity:a'] });
  });

  it('rows that could not be restored exactly are not removed', async () => {
    await fill('one');
    await suite.query(`${prefix}one`, `MATCH (n:Entity {uuid: 'a'}) SET n.day = date('2026-01-01')`);
    expect(await outside(store).fetch('one', [{ kind: 'entity', id: 'a' }])).toEqual([]);
  });

  it('reading a group that is not there makes no graph', async () => {
    expect(await tallyOf(store.census, 'nobody')).toMatchObject({ entities: 0 });
    expect(await staleOf(store, 'nobody')).toEqual([]);
    expect((await graphs()).includes(`${prefix}nobody`)).toBe(false);
  });
});

describeOnFalkordb('parameters', (suite) => {
  const graph = suite.graph('values');

  it('a text is the same text on the server, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && text.isWellFormed()),
        async (text) => {
          const [[same, size] = []] = await suite.query(graph, withParameters('RETURN $s, size([$s])', { s: text }));
          expect([same, size]).toEqual([text, 1]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(["' RETURN 1 //", "\\' DETACH DELETE n //", '\\', '$s', '`', 'a\u2028b', '{x: 1}'])(
    '%j is only a text, as a value and as a key',
    async (text) => {
      expect(await suite.query(graph, withParameters('RETURN $s', { s: text }))).toEqual([[text]]);
      const key = () => literal({ [text]: 1n });
      if (/[`\\]/.test(text)) expect(key).toThrow(/cannot be quoted/);
      else
        expect(await suite.query(graph, withParameters('RETURN keys($m)[0]', { m: { [text]: 1n } }))).toEqual([[text]]);
    },
  );

  it('a fraction is the same fraction, to the bit', async () => {
    const fractions = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((one) => one === 0 || Math.abs(one) > 1e-300);
    await fc.assert(
      fc.asyncProperty(fractions, async (one) => {
        const rows = await suite.query(graph, withParameters('RETURN typeOf($f), $f = $g', { f: one, g: one }));
        expect(rows).toEqual([['Float', 'true']]);
      }),
      { numRuns: 100 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2n ** 63n, 'a\0b', '\ud800'])('%s is refused', (value) => {
    expect(() => literal(value)).toThrow(/cannot be given/);
  });
});

describeOnFalkordb('exact fractions', (suite) => {
  const graph = suite.graph('exact');
  const place = { ...defaultCypherGraph('falkordb'), database: graph };
  const mapping: CypherMapping = { name: 'exact', mapped: false, emptyGroup: null, accept: [], place };

  it('lines that it cannot hold are named by number, and the others are loaded', async () => {
    const store = await openFalkorGraph(suite.url, mapping);
    if (store.loading.load === null) throw new Error('the graph is loadable');
    const lines: GraphLine[] = [
      { type: 'relation', group_id: 'bad', id: 'r', source: 'a', target: 'b', weight: 1e-320 },
      { type: 'relation', group_id: 'bad', id: 's', source: 'a', target: 'b', weight: 0.5 },
      { type: 'relation', group_id: 'bad', id: 't', source: 'a', target: 'nowhere' },
      { type: 'entity', group_id: 'bad', id: 'b' },
      { type: 'entity', group_id: 'bad', id: 'a' },
    ];
    const loader = graphLineLoader(store.loading.load, () => {});
    async function* source() {
      for (const line of lines) yield JSON.stringify(line);
    }
    const { loaded, problems } = await loadLines(source(), loader, {});
    expect(loaded).toBe(3);
    expect(problems.first()).toEqual([
      { line: 1, message: expect.stringContaining('too small') },
      { line: 3, message: expect.stringContaining('"nowhere"') },
    ]);
    expect(await tallyOf(store.census, 'bad')).toMatchObject({ entities: 2, relations: 1 });
    await store.close();
  });

  it('are read to the bit, though the server prints fifteen digits', async () => {
    const store = await openFalkorGraph(suite.url, mapping);
    const fractions = fc.sample(
      fc.double({ noNaN: true, min: -1e290, max: 1e290 }).filter((one) => Math.abs(one) > 1e-280),
      500,
    );
    await suite.query(
      graph,
      withParameters("CREATE (:Entity {id: 'e', group_id: 'g', list: $list})", { list: fractions }),
    );
    const [image] = await outside(store).fetch('g', [{ kind: 'entity', id: 'e' }]);
    expect(JSON.parse(image?.content ?? '')).toMatchObject({ properties: { list: fractions } });
    await store.close();
  });

  describe('a server that is not there', () => {
    it('fails requests, not the start, and prints no password', async () => {
      const store = await openFalkorGraph('redis://:hidden@127.0.0.1:1', mapping, 2_000);
      const error = await tallyOf(store.census, 'g').catch((one: unknown) => one);
      expect(error).toMatchObject({ name: 'ConnectionError', wholeStore: true });
      expect(String(error)).not.toContain('hidden');
      await store.close();
    });

    it('a wrong password is refused without a word of it', async () => {
      const store = await openFalkorGraph(`redis://:hidden@${new URL(suite.url).host}`, mapping, 10_000);
      const error = await tallyOf(store.census, 'g').catch((one: unknown) => one);
      expect(error).toMatchObject({ name: 'StoreRefusedError', wholeStore: true });
      expect(String(error)).not.toContain('hidden');
      await store.close();
    });
  });
});
