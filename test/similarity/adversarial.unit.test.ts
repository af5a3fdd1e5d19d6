import { afterAll, describe, expect, test } from 'vitest';
import type { DuplicateRecord } from '../../src/domain/duplicates/record.ts';
import { findDuplicates } from '../../src/similarity/find-duplicates.ts';
import { createSimilaritySearch } from '../../src/similarity/similarity-search.ts';
import { syntheticGroup, trigramVector } from './synthetic-group.ts';

const search = createSimilaritySearch({ threads: 2 });
afterAll(() => search.close());

/** Texts about different things that are as alike as texts can be. */
const different: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'identifiers one digit apart': [
    ['Invoice 10443 was paid by Acme', 'Invoice 10448 was paid by Acme'],
    ['The ticket OPS-2291 blocks the release', 'The ticket OPS-2292 blocks the release'],
    ['Sony KDL40S3000 television', 'Sony KDL46S3000 television'],
    ['Flight BA2490 to Lisbon', 'Flight BA2491 to Lisbon'],
    ['user_8841 opened the door', 'user_8847 opened the door'],
    ['ISBN 978-0-306-40615-7', 'ISBN 978-0-306-40615-1'],
  ],
  negations: [
    ['The backup of the cluster is encrypted', 'The backup of the cluster is not encrypted'],
    ['Maria can enter the laboratory', 'Maria cannot enter the laboratory'],
    ['The contract allows subletting', 'The contract never allows subletting'],
    ['Coffee with sugar for Tom', 'Coffee without sugar for Tom'],
    ['Feature flags are enabled for tenants', 'Feature flags are disabled for tenants'],
    ['Tom likes the new office', 'Tom dislikes the new office'],
  ],
  dates: [
    ['The lease ends on 2024-03-01', 'The lease ends on 2024-03-11'],
    ['The audit took place in March 2023', 'The audit took place in May 2023'],
    ['Stand-up is on Monday at noon', 'Stand-up is on Tuesday at noon'],
    ['The festival of 1998 in Ghent', 'The festival of 1999 in Ghent'],
  ],
  units: [
    ['Take 5 mg of the drug daily', 'Take 5 g of the drug daily'],
    ['A flash drive of 16 GB by Kingston', 'A flash drive of 32 GB by Kingston'],
    ['The limit is 30 seconds for a query', 'The limit is 30 minutes for a query'],
    ['The tank holds 100 l of water', 'The tank holds 100 ml of water'],
  ],
  versions: [
    ['Postgres 15.2 runs in production', 'Postgres 15.3 runs in production'],
    ['The client is pinned to v2', 'The client is pinned to v3'],
    ['Final Fantasy II for consoles', 'Final Fantasy III for consoles'],
    ['Blue Monday (live)', 'Blue Monday'],
    ['Photo editor Pro', 'Photo editor'],
    ['The second edition of the handbook', 'The third edition of the handbook'],
    ['Report part 1 of the inquiry', 'Report part 2 of the inquiry'],
  ],
  'persons with a suffix': [
    ['Martin Luther King', 'Martin Luther King Jr.'],
    ['Henry Ford II', 'Henry Ford'],
    ['Robert Downey Sr.', 'Robert Downey Jr.'],
  ],
  colours: [
    ['The user wants a purple bicycle', 'The user wants a cyan bicycle'],
    ['Red team of the exercise', 'Blue team of the exercise'],
  ],
  'members of one class': [
    ['The gate in the north wall', 'The gate in the south wall'],
    ['The left shoe of the pair', 'The right shoe of the pair'],
    ['A small shirt of linen', 'A large shirt of linen'],
  ],
  acronyms: [
    ['IBM announced a processor', 'IBN announced a processor'],
    ['The WHO published the report', 'The WTO published the report'],
    ['AMS is the airport', 'AMR is the airport'],
  ],
  'templates with one other word': [
    ['Alice works for the bank in Leeds', 'Alice works for the bank in Derby'],
    ['The order of table seven is ready', 'The order of table nine is ready'],
    ['Room Darwin has a projector', 'Room Turing has a projector'],
    ['Anna manages Peter', 'Peter manages Anna'],
  ],
};

const pairs = Object.entries(different).flatMap(([kind, texts]) => texts.map(([one, other]) => ({ kind, one, other })));
const textRecord = (key: string, text: string, more: Partial<DuplicateRecord> = {}): DuplicateRecord => {
  return { key, type: 'Fact', text, properties: {}, hasVector: true, ...more };
};

async function clustersOf(records: readonly DuplicateRecord[]): Promise<string[][]> {
  // One vector for all: nothing but the rules keeps two records apart.
  const vector = trigramVector('the same for all');
  const found = await findDuplicates({ records, vectorOf: () => vector }, search, { maxErrorRate: 0.01 });
  return found.flatMap(({ clusters }) => clusters.map((members) => [...members].sort()));
}

describe('texts without properties', () => {
  test.each(pairs)('$kind: “$one” and “$other” stay apart', async ({ one, other }) => {
    expect(await clustersOf([textRecord('one', one), textRecord('other', other)])).toEqual([]);
  });

  test('all of them together stay apart, and equal texts are still merged', async () => {
    const records = pairs.flatMap(({ one, other }, at) => [
      textRecord(`${at} one`, one),
      textRecord(`${at} other`, other),
    ]);
    expect(await clustersOf([...records, textRecord('copy', pairs[0]?.one.toUpperCase() ?? '')])).toEqual([
      ['0 one', 'copy'],
    ]);
  });
});

describe('texts with properties that agree, in a group that has taught a model', () => {
  const { records: people } = syntheticGroup(11, 500, (entity) => (entity % 3 === 0 ? 2 : 1));

  test('none is merged', async () => {
    const records = pairs.flatMap(({ one, other }, at) => {
      const person = people[at * 2];
      const properties = person?.properties ?? {};
      const texts = [one, other].map((text) => `${text} ${person?.text}`);
      return texts.map((text, side) => textRecord(`different ${at} ${side}`, text, { type: 'Person', properties }));
    });
    const vectors = [...people, ...records].map(({ text }) => trigramVector(text));
    const [found] = await findDuplicates(
      { records: [...people, ...records], vectorOf: (record) => vectors[record] ?? null },
      search,
      { maxErrorRate: 0.01 },
    );
    expect(found?.model).toBe('learned');
    expect(found?.clusters.length).toBeGreaterThan(100);
    for (const [at, { one, other }] of pairs.entries()) {
      const together = found?.clusters.some((members) =>
        [0, 1].every((side) => members.includes(`different ${at} ${side}`)),
      );
      expect(`${one} / ${other}: ${together}`).toBe(`${one} / ${other}: false`);
    }
  });
});

test('namesakes of different types stay apart', async () => {
  const records = ['Person', 'Company', 'River'].map((type) => textRecord(type, 'Jordan', { type, name: 'Jordan' }));
  expect(await clustersOf(records)).toEqual([]);
});

test('namesakes whose properties contradict each other stay apart', async () => {
  const namesake = (key: string, born: string, city: string) =>
    textRecord(key, 'John Smith', { name: 'John Smith', properties: { born, city } });
  expect(await clustersOf([namesake('one', '1950-02-03', 'Leeds'), namesake('other', '1987-11-20', 'Derby')])).toEqual(
    [],
  );
});

test('a chain is not merged from end to end: whoever is in a cluster holds against all others of it', async () => {
  const { records: people } = syntheticGroup(12, 500, (entity) => (entity % 3 === 0 ? 4 : 1));
  const chain = ['anna marie', 'anna mari', 'ana mar', 'an ma'].map((given, at) => {
    const properties = {
      ...{ given, surname: ['vandenberg', 'vandenberg', 'vandenbark', 'vonbark'][at] ?? '', street: 'long lane' },
      ...{
        city: 'Ely',
        born: ['1950-01-01', '1950-01-01', '1950-01-01', '1975-06-30'][at] ?? '',
        number: '7',
        phone: '',
      },
    };
    return textRecord(`chain ${at}`, Object.values(properties).join(', '), { type: 'Person', properties });
  });
  const records = [...people, ...chain];
  const vectors = records.map(({ text }) => trigramVector(text));
  const [found] = await findDuplicates({ records, vectorOf: (record) => vectors[record] ?? null }, search, {
    maxErrorRate: 0.01,
  });
  const together = (one: number, other: number) =>
    found?.clusters.some((members) => members.includes(`chain ${one}`) && members.includes(`chain ${other}`));
  expect(together(0, 1)).toBe(true);
  expect(together(0, 3)).toBe(false);
});
