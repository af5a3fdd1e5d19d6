import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectors } from '../../../src/domain/collectors.ts';
import type { StaleItem } from '../../../src/domain/graph-item.ts';
import { checkNames, IdentifierError } from '../../../src/stores/cypher/names.ts';
import { tallyOf } from '../../../src/stores/ports/graph-census.ts';
import { type ItemsOutside, itemKey } from '../../../src/stores/ports/graph-items.ts';
import type { GraphStore } from '../../../src/stores/ports/graph-store.ts';
import { describeOnNeo4j } from '../../support/neo4j.ts';
import { cutoff } from './corpus.ts';
import { graphitiGraph } from './graphiti.ts';
import { labelsOf, neo4jPlace, openNeo4jGraph, suiteGraph } from './neo4j-place.ts';
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

describeOnNeo4j('schema of Graphiti', (suite) => {
  const place = graphitiGraph('neo4j', (plain) => suite.label(plain));
  const community = suite.label('Community');
  const mapping = { name: suite.label('graphiti'), mapped: true, emptyGroup: 'default', accept: [], place };
  const { documents, entities, mentions, relations } = place;
  let store: GraphStore;
  let opened: GraphPlace;

  beforeAll(async () => {
    store = await openNeo4jGraph(suite.url, mapping);
    opened = neo4jPlace(suite, store, [...labelsOf(place), community]);
  });
  beforeEach(() => opened.clear());
  afterAll(() => store.close());

  /** Two episodes, of which one has been taken away since; what only that one said is stale. */
  const fill = (group: string) =>
    suite.query(
      `CREATE (kept:${documents.label} {uuid: 'kept', group_id: $group, created_at: datetime('2026-01-01T00:00:00Z'), valid_at: datetime('2026-01-01T00:00:00Z')})
       CREATE (a:${entities.label}:Person {uuid: 'a', group_id: $group, name: 'Ada', created_at: datetime('2026-01-01T10:11:12.123456789[Europe/Berlin]'),
         name_embedding: [0.1, 1.0 / 3, -0.0, 1e300], summary: 'it\\'s {odd}', attributes: '{}', rank: 9007199254740993, place: point({latitude: 1.5, longitude: 2.25}),
         born: date('1815-12-10'), nap: duration('PT20M'), seen: [1, 2, 3]})
       CREATE (b:${entities.label} {uuid: 'b', group_id: $group, created_at: datetime('2026-01-02T00:00:00Z')})
       CREATE (c:${entities.label} {uuid: 'c', group_id: $group, created_at: datetime('2026-01-02T00:00:00Z')})
       CREATE (circle:${community} {uuid: 'circle', group_id: $group, created_at: datetime('2026-01-02T00:00:00Z')})
       CREATE (circle)-[:HAS_MEMBER {uuid: 'member', group_id: $group, created_at: datetime('2026-01-02T00:00:00Z')}]->(a)
       CREATE (kept)-[:${mentions.type} {uuid: 'm', group_id: $group, created_at: datetime('2026-01-01T00:00:00Z')}]->(b)
       CREATE (a)-[:${relations.type} {uuid: 'gone', group_id: $group, episodes: ['gone'], fact: 'x', created_at: datetime('2026-01-03T00:00:00Z'), fact_embedding: [0.25, 3.0], expired_at: null}]->(b)
       CREATE (b)-[:${relations.type} {uuid: 'both', group_id: $group, episodes: ['gone', 'kept'], created_at: datetime('2026-01-03T00:00:00Z'), expired_at: datetime('2026-01-04T00:00:00Z'), invalid_at: datetime('2026-01-04T00:00:00Z')}]->(c)`,
      { group },
    );

  it('removes a fact of which every episode is deleted, then its orphan, and restores both to the last bit', async () => {
    await fill('');
    await fill('other');
    const [before, other] = [await opened.checksum(''), await opened.checksum('other')];
    const due = await staleOf(store, 'default');
    expect(due.map((one) => [itemKey(one), one.reason, one.due])).toEqual([
      ['relation:gone', 'document_gone', true],
      ['entity:a', 'orphaned', true],
    ]);
    const way = outside(store);
    const taken = [];
    for (const item of due) {
      const images = await way.fetch('default', [item]);
      // As the ledger keeps them: JSON, with keys in an order of its own.
      const kept = images.map((image) => ({ ...image, content: JSON.stringify(sorted(JSON.parse(image.content))) }));
      expect(await way.remove(await opened.fence('default'), rule, kept)).toEqual({ stay: [] });
      taken.push(...kept);
    }
    expect(await staleOf(store, 'default')).toEqual([]);
    expect(await opened.checksum('')).not.toBe(before);
    expect(await opened.checksum('other')).toBe(other);
    expect(await way.restore(await opened.fence('default'), taken.toReversed())).toEqual({ refused: [] });
    expect(await opened.checksum('')).toBe(before);
    const [row] = await suite.query(
      `MATCH (n:${entities.label} {uuid: 'a', group_id: ''}) RETURN n.rank = 9007199254740993 AS rank, n.name_embedding[3] = 1e300 AS large,
         n.created_at = datetime('2026-01-01T10:11:12.123456789[Europe/Berlin]') AS created, valueType(n.seen) AS seen, labels(n) AS labels`,
    );
    expect(row).toMatchObject({ rank: true, large: true, created: true, seen: 'LIST<INTEGER NOT NULL> NOT NULL' });
  });

  it('an entity with an edge of an unknown type stays', async () => {
    await fill('g');
    const way = outside(store);
    const [edge, entity] = await staleOf(store, 'g');
    await way.remove(await opened.fence('g'), rule, await way.fetch('g', [edge as StaleItem]));
    const images = await way.fetch('g', [entity as StaleItem]);
    await suite.query(
      `MATCH (a:${entities.label} {uuid: 'a', group_id: 'g'}), (c:${entities.label} {uuid: 'c', group_id: 'g'}) CREATE (a)-[:OWNS]->(c)`,
    );
    const sum = await opened.checksum('g');
    expect(await way.remove(await opened.fence('g'), rule, images)).toEqual({ stay: ['entity:a'] });
    expect(await opened.checksum('g')).toBe(sum);
  });

  it('rows that were written since they were read stay', async () => {
    await fill('g');
    const way = outside(store);
    const images = await way.fetch('g', [{ kind: 'relation', id: 'gone' }]);
    await suite.query(`MATCH ()-[r:${relations.type} {uuid: 'gone', group_id: 'g'}]->() SET r.fact = 'y'`);
    expect(await way.remove(await opened.fence('g'), rule, images)).toEqual({ stay: ['relation:gone'] });
  });

  it('an undo refuses an edge whose end does not exist', async () => {
    await fill('g');
    const way = outside(store);
    const images = await way.fetch('g', [{ kind: 'relation', id: 'gone' }]);
    await way.remove(await opened.fence('g'), rule, images);
    await suite.query(`MATCH (n:${entities.label} {uuid: 'a', group_id: 'g'}) DETACH DELETE n`);
    expect(await way.restore(await opened.fence('g'), images)).toEqual({ refused: ['relation:gone'] });
  });

  it('a stored empty group is one only under its alias, and the mapping fits', async () => {
    await fill('');
    const groups = async (one: GraphStore) => {
      const names: string[] = [];
      for await (const page of one.census.tallies()) names.push(...page.map(({ group }) => group));
      return names;
    };
    expect(await groups(store)).toEqual(['default']);
    expect(await store.census.unscoped()).toBe(0);
    await fill('default');
    expect(await groups(store)).toEqual(['default', 'default (named)']);
    const [, named] = [await opened.checksum(''), await opened.checksum('default')];
    const way = outside(store);
    const images = await way.fetch(
      'default',
      (await staleOf(store, 'default')).filter((item) => item.due),
    );
    expect((await staleOf(store, 'default (named)')).map(itemKey)).toEqual(
      (await staleOf(store, 'default')).map(itemKey),
    );
    await way.remove(
      await opened.fence('default'),
      rule,
      images.filter(({ kind }) => kind === 'relation'),
    );
    expect(await opened.checksum('default')).toBe(named);
    await suite.query(`MATCH (n {group_id: 'default'}) DETACH DELETE n`);
    expect((await store.inspect()).problems).toEqual([]);
    expect(store.loading.load).toBeNull();
    await expect(store.loading.deprecate('default', ['kept'], cutoff)).rejects.toThrow(/deprecated_at/);
    const without = await openNeo4jGraph(suite.url, { ...mapping, emptyGroup: null });
    expect(await groups(without)).toEqual([]);
    expect(await without.census.unscoped()).toBeGreaterThan(0);
    await without.close();
  });
});

describeOnNeo4j('names and times', (suite) => {
  const place = suiteGraph(suite);
  const mapping = { name: suite.label('graph'), mapped: false, emptyGroup: null, accept: [], place };

  it.each(['Entity) DETACH DELETE n //', '', '1st', 'a`b', 'é', 'a b'])('refuses %j as a label', (label) => {
    const wrong = { ...mapping, place: { ...place, entities: { ...place.entities, label } } };
    expect(() => checkNames(wrong)).toThrow(IdentifierError);
  });

  it('a date of another type than the mapping has is named', async () => {
    await suite.query(`CREATE (:${place.entities.label} {id: 'x', group_id: 'g', created_at: 'yesterday'})`);
    const store = await openNeo4jGraph(suite.url, mapping);
    expect((await store.inspect()).problems.join()).toContain('created_at is mapped as datetime');
    await store.close();
  });

  describe('a server that is not there', () => {
    it('fails requests, not the start, and prints no password', async () => {
      const store = await openNeo4jGraph('bolt://neo4j:hidden@127.0.0.1:1', mapping, 2_000);
      expect(store.compute.algorithms).toBeNull();
      const error = await tallyOf(store.census, 'g').catch((one: unknown) => one);
      expect(error).toMatchObject({ name: 'ConnectionError', wholeStore: true });
      expect(String(error)).not.toContain('hidden');
      await store.close();
    });

    it('a wrong password is refused without a word of it', async () => {
      const { host } = new URL(suite.url);
      const store = await openNeo4jGraph(`bolt://neo4j:hidden@${host}`, mapping, 10_000);
      const error = await tallyOf(store.census, 'g').catch((one: unknown) => one);
      expect(error).toMatchObject({ name: 'StoreRefusedError', wholeStore: true });
      expect(String(error)).not.toContain('hidden');
      await store.close();
    });
  });
});

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([x], [y]) => (x < y ? 1 : -1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}
