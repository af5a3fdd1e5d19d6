import { beforeEach, describe, expect, it } from 'vitest';
import type { CollectRule } from '../../../src/domain/collectors.ts';
import type { DatedFact } from '../../../src/domain/facts/expiry.ts';
import type { MergePair, MergeRecord } from '../../../src/domain/merging/merge-record.ts';
import { tallyOf } from '../../../src/stores/ports/graph-census.ts';
import { imageDigest, wayOf } from '../../../src/stores/ports/graph-items.ts';
import type { GraphLine } from '../../../src/stores/ports/graph-loading.ts';
import type { ComparedEntity, ComparedFact, Prepared, Unmerged } from '../../../src/stores/ports/graph-merging.ts';
import { type GraphPlace, remove, restore, type Transaction } from './place.ts';

const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const limits = { maxEdges: 1_000, maxBytes: 1_000_000 };
const pair: MergePair = { kind: 'entity', survivor: 'ada', loser: 'ada-2' };

/** Two entities that are one, with edges of every kind: some that only one has, some that both have, and one between them. */
export function twins(group_id: string): GraphLine[] {
  const line = { group_id, created_at: at(1) };
  const entity = (id: string, name: string, summary: string, day: number): GraphLine => {
    return {
      ...line,
      type: 'entity',
      id,
      name,
      entity_type: 'Person',
      summary,
      created_at: at(day),
      embedding: [1, 0.25, day / 3],
    };
  };
  const relation = (id: string, source: string, target: string, name: string, more: object = {}): GraphLine => {
    return {
      ...line,
      type: 'relation',
      id,
      source,
      target,
      name,
      document: 'd1',
      summary: `${name} it is`,
      weight: 0.1,
      embedding: [0.1, 3],
      ...more,
    };
  };
  return [
    { ...line, type: 'document', id: 'd1', name: 'first' },
    { ...line, type: 'document', id: 'd2', name: 'second' },
    entity('ada', 'Ada Lovelace', 'a mathematician', 1),
    entity('ada-2', 'A. Lovelace', 'wrote programs', 2),
    entity('babbage', 'Charles Babbage', 'an inventor', 3),
    entity('london', 'London', 'a city', 4),
    { ...line, type: 'mention', document: 'd1', entity: 'ada' },
    { ...line, type: 'mention', document: 'd1', entity: 'ada-2' },
    { ...line, type: 'mention', document: 'd2', entity: 'ada-2' },
    relation('r1', 'ada', 'babbage', 'knows'),
    relation('r2', 'ada-2', 'babbage', 'knows', { created_at: at(5) }),
    relation('r3', 'ada-2', 'babbage', 'admires'),
    relation('r4', 'london', 'ada-2', 'houses'),
    relation('r5', 'ada-2', 'ada', 'is'),
    relation('r6', 'babbage', 'london', 'lives'),
    { ...line, type: 'vector', id: 'v1', entity: 'ada-2', embedding: [1, 2] },
  ];
}

/** Merges and undoes as a run does, without its records. Records go through JSON, as in the ledger. */
export function mergeTools(place: () => GraphPlace, transaction: Transaction) {
  const port = () => {
    const { merging } = place().store;
    if (merging === null) throw new Error('the mapping names what merging reads');
    return merging;
  };
  const merged = async (group: string, of = pair, by = limits): Promise<Prepared> => {
    const { merges } = port();
    if (merges.at === 'database') return transaction((tx) => merges.merge(tx, group, of, by));
    const prepared = await merges.prepare(group, of, by);
    if (!('record' in prepared)) return prepared;
    const record: MergeRecord = JSON.parse(JSON.stringify(prepared.record));
    const outcome = await merges.merge(await place().fence(group), record);
    return outcome === 'merged' ? { record } : { refused: outcome };
  };
  const recorded = async (group: string, of = pair): Promise<MergeRecord> => {
    const prepared = await merged(group, of);
    if (!('record' in prepared)) throw new Error(`refused: ${prepared.refused}`);
    return JSON.parse(JSON.stringify(prepared.record));
  };
  const unmerged = async (group: string, record: MergeRecord): Promise<Unmerged> => {
    const { merges } = port();
    if (merges.at === 'database') return transaction((tx) => merges.unmerge(tx, group, record));
    return merges.unmerge(await place().fence(group), record);
  };
  const entities = async (group: string) => {
    const found = new Map<string, ComparedEntity>();
    for await (const page of port().compared(group)) for (const one of page) found.set(one.id, one);
    return found;
  };
  return { port, merged, recorded, unmerged, entities };
}

/** Promises of every graph store for two entities that are one; each adapter runs them against its real server. */
export function mergingContract(place: () => GraphPlace, transaction: Transaction): void {
  const { port, merged, recorded, unmerged, entities } = mergeTools(place, transaction);

  describe('merges', () => {
    beforeEach(async () => {
      await place().clear();
      await place().load([...twins('a'), ...twins('b')]);
    });

    it('compare entities with name, type, text, vector and degree', async () => {
      const found = await entities('a');
      expect([...found.keys()]).toEqual(['ada', 'ada-2', 'babbage', 'london']);
      expect(found.get('ada-2')).toMatchObject({
        name: 'A. Lovelace',
        type: 'Person',
        text: 'wrote programs',
        degree: 6,
      });
      expect(found.get('ada')?.vector?.map((one) => Math.round(one * 100) / 100)).toEqual([1, 0.25, 0.33]);
      expect(found.get('ada')?.createdAt).toEqual(new Date(at(1)));
      const [described] = await port().describe('a', ['ada-2', 'nobody']);
      expect(described).toMatchObject({ id: 'ada-2', neighbours: ['Ada Lovelace', 'Charles Babbage', 'London'] });
    });

    it('move edges, join those that say the same, drop loops, unite texts, and leave every other group as it is', async () => {
      const other = await place().checksum('b');
      await recorded('a');
      const found = await entities('a');
      expect([...found.keys()]).toEqual(['ada', 'babbage', 'london']);
      // The mentions of both documents, and relations r1, r3 and r4.
      expect(found.get('ada')).toMatchObject({
        name: 'Ada Lovelace',
        text: 'a mathematician\nwrote programs\nAlso known as A. Lovelace',
        degree: 5,
      });
      expect(found.get('babbage')?.degree).toBe(3);
      expect(await tallyOf(place().store.census, 'a')).toMatchObject({
        entities: 3,
        mentions: 2,
        relations: 4,
        vectors: 1,
      });
      const names = await port().describe('a', ['ada']);
      expect(names[0]?.neighbours).toEqual(['Charles Babbage', 'London']);
      expect(await place().checksum('b')).toBe(other);
    });

    it('taken apart, the group is byte for byte what it was', async () => {
      const before = await place().checksum('a');
      const record = await recorded('a');
      expect(await place().checksum('a')).not.toBe(before);
      expect(await unmerged('a', record)).toEqual({ undone: true, differences: [] });
      expect(await place().checksum('a')).toBe(before);
      // An undo that is tried again changes nothing more.
      await unmerged('a', record);
      expect(await place().checksum('a')).toBe(before);
    });

    it('a pair that does not exist any more is refused, and so is one beyond the limits', async () => {
      const before = await place().checksum('a');
      expect(await merged('a', { ...pair, loser: 'nobody' })).toEqual({ refused: 'missing' });
      expect(await merged('a', pair, { ...limits, maxEdges: 5 })).toEqual({ refused: 'too_large' });
      expect(await merged('a', pair, { ...limits, maxBytes: 100 })).toEqual({ refused: 'too_large' });
      expect(await place().checksum('a')).toBe(before);
    });

    it('a survivor may have any number of edges, but not beyond the limit beside an edge of the other', async () => {
      const edges = (target: string) =>
        Array.from({ length: 20 }, (_, at): GraphLine => {
          const own = { id: `${target}-${at}`, source: 'ada', target, name: `n${at}`, document: 'd1' };
          return { ...own, type: 'relation', group_id: 'a', created_at: '2026-01-01T00:00:00.000Z' };
        });
      const paris: GraphLine = { group_id: 'a', type: 'entity', id: 'paris', name: 'Paris', created_at: at(1) };
      await place().load([paris, ...edges('paris')]);
      const few = { ...limits, maxEdges: 10 };
      const [before, other] = [await place().checksum('a'), await place().checksum('b')];
      const prepared = await merged('a', pair, few);
      if (!('record' in prepared)) throw new Error(`refused: ${prepared.refused}`);
      expect(prepared.record.degrees).toMatchObject({ survivor: 23, loser: 6 });
      expect(await unmerged('a', JSON.parse(JSON.stringify(prepared.record)))).toMatchObject({ undone: true });
      expect(await place().checksum('a')).toBe(before);
      await place().load(edges('babbage'));
      const full = await place().checksum('a');
      expect(await merged('a', pair, few)).toEqual({ refused: 'too_large' });
      expect(await place().checksum('a')).toBe(full);
      expect(await place().checksum('b')).toBe(other);
    });

    it('what the application has written since stays when a merge is taken apart, and is named', async () => {
      const record = await recorded('a');
      const line = { group_id: 'a', created_at: at(9) };
      await place().load([
        { ...line, type: 'relation', id: 'new', source: 'ada', target: 'london', name: 'visits', document: 'd1' },
        {
          ...line,
          type: 'entity',
          id: 'ada',
          name: 'Ada Lovelace',
          entity_type: 'Person',
          summary: 'rewritten',
          created_at: at(1),
        },
      ]);
      expect(await unmerged('a', record)).toEqual({ undone: true, differences: ['entity ada: summary'] });
      const found = await entities('a');
      expect(found.get('ada')?.text).toBe('rewritten');
      expect(found.get('ada-2')).toMatchObject({ text: 'wrote programs', degree: 6 });
      // Its mention, r1, the relation between the two, and the one that was written since.
      expect(found.get('ada')?.degree).toBe(4);
    });

    it('an undo is refused while the survivor is missing or the merged entity exists again', async () => {
      const first = await recorded('a');
      await recorded('a', { ...pair, survivor: 'babbage', loser: 'ada' });
      const now = await place().checksum('a');
      expect(await unmerged('a', first)).toMatchObject({ undone: false });
      expect(await place().checksum('a')).toBe(now);
      const second = await recorded('b');
      await place().load([{ group_id: 'b', type: 'entity', id: 'ada-2', name: 'again', created_at: at(9) }]);
      expect(await unmerged('b', second)).toEqual({ undone: false, reason: 'entity ada-2 exists again' });
    });
  });

  describe('merges of facts', () => {
    const line = {
      group_id: 'a',
      type: 'relation' as const,
      source: 'ada',
      target: 'babbage',
      name: 'knows',
      document: 'd1',
    };
    const facts: MergePair = { kind: 'fact', survivor: 'f2', loser: 'f1' };
    beforeEach(async () => {
      await place().clear();
      await place().load([...twins('a'), ...twins('b')]);
      await place().load([
        { ...line, id: 'f1', summary: 'They  met.', created_at: at(2), embedding: [1, 2], weight: 3 },
        { ...line, id: 'f2', summary: 'they met', created_at: at(7) },
        { ...line, id: 'f3', summary: 'they met', created_at: at(7), name: 'met' },
      ]);
    });

    it('compare facts of one place', async () => {
      const found = new Map<string, ComparedFact>();
      for await (const page of port().comparedFacts('a')) for (const one of page) found.set(one.id, one);
      expect(found.get('f1')).toMatchObject({
        text: 'They  met.',
        name: 'knows',
        vector: [1, 2],
        createdAt: new Date(at(2)),
      });
      expect(found.get('f2')?.place).toBe(found.get('f1')?.place);
      expect(found.get('f3')?.place).not.toBe(found.get('f1')?.place);
      expect(found.get('r2')?.place).not.toBe(found.get('f1')?.place);
    });

    it('unite what the other lacks, keep the older date, and are taken apart byte for byte', async () => {
      const before = [await place().checksum('a'), await place().checksum('b')];
      const record = await recorded('a', facts);
      expect(record.survivorChanges.map(({ name }) => name).sort()).toEqual(['created_at', 'embedding', 'weight']);
      const found: ComparedFact[] = [];
      for await (const page of port().comparedFacts('a')) found.push(...page);
      expect(found.find(({ id }) => id === 'f2')).toMatchObject({ vector: [1, 2], createdAt: new Date(at(2)) });
      expect(found.some(({ id }) => id === 'f1')).toBe(false);
      expect(await place().checksum('b')).toBe(before[1]);
      expect(await merged('a', facts)).toEqual({ refused: 'missing' });
      expect(await merged('a', { ...facts, loser: 'f3' })).toEqual({ refused: 'changed' });
      expect(await unmerged('a', record)).toEqual({ undone: true, differences: [] });
      expect(await place().checksum('a')).toBe(before[0]);
    });
  });

  describe('facts', () => {
    beforeEach(async () => {
      await place().clear();
      await place().load([...twins('a'), ...twins('b')]);
    });

    it('are read with their dates, and removed and restored as they were surveyed', async () => {
      const { store } = place();
      const facts: DatedFact[] = [];
      for await (const page of store.facts?.dated('a') ?? []) facts.push(...page);
      expect(facts.map(({ id, name }) => `${id} ${name}`)).toEqual([
        ...['r1 knows', 'r2 knows', 'r3 admires', 'r4 houses', 'r5 is', 'r6 lives'],
      ]);
      expect(facts[1]).toMatchObject({ createdAt: new Date(at(5)), accessedAt: null });
      const before = [await place().checksum('a'), await place().checksum('b')];
      const items = ['r2', 'r3'].map((id) => ({ kind: 'relation' as const, id }));
      const images = await wayOf(store.items, 'relation').fetch('a', items);
      const surveyed = new Map(images.map((image) => [image.id, image.id === 'r3' ? 'other' : imageDigest(image)]));
      const rule: CollectRule = { cutoff: new Date(), graceDays: 0, collectors: ['stale-edges'], surveyed };
      const removed = await remove(place(), transaction, 'a', rule, items);
      expect(removed.map(({ id }) => id)).toEqual(['r2']);
      expect((await tallyOf(store.census, 'a')).relations).toBe(5);
      expect(await place().checksum('b')).toBe(before[1]);
      expect(await restore(place(), transaction, 'a', removed)).toEqual([]);
      expect(await place().checksum('a')).toBe(before[0]);
    });
  });
}
