import { describe, expect, test } from 'vitest';
import { clustersOf } from '../../../src/domain/consolidation/clusters.ts';
import { judgePairs, verdictsOn } from '../../../src/domain/consolidation/judge-pairs.ts';
import { type ConsolidatedMemory, pairName, type Verdict } from '../../../src/domain/consolidation/memory.ts';
import { isContainedIn, saysTheSame } from '../../../src/domain/consolidation/restatement.ts';
import { unitedText } from '../../../src/domain/consolidation/united-text.ts';

function memory(id: string, content: string, more: Partial<ConsolidatedMemory> = {}): ConsolidatedMemory {
  return { id, bot: null, session: null, content, pinned: false, score: 0.5, createdAt: null, ...more };
}

/** All pairs of the memories as candidates of one cosine. */
function pairsAmong(memories: readonly ConsolidatedMemory[], cosine = 0.95) {
  return memories.flatMap((_, one) =>
    memories.slice(one + 1).map((__, after) => ({ one, other: one + 1 + after, cosine })),
  );
}

function clustersAmong(memories: readonly ConsolidatedMemory[], answer: Verdict = 'same') {
  const pairs = judgePairs(memories, pairsAmong(memories));
  const names = pairs.map(({ one, other }) => pairName(memories[one]?.id ?? '', memories[other]?.id ?? ''));
  const verdicts = verdictsOn(memories, pairs, new Map(names.map((name) => [name, answer])));
  return clustersOf(memories, pairs, verdicts).map(({ survivor, members, decidedBy }) => [
    survivor.id,
    members.map(({ id }) => id),
    decidedBy,
  ]);
}

describe('two texts that say the same', () => {
  test.each([
    ['User drinks coffee.', 'user drinks Coffee'.toLowerCase()],
    ['The user has a cat', 'the user has the cat!'],
    ['Lives in Berlin', 'lives in Berlin.'],
    ['喜欢喝咖啡', '喜欢喝咖啡。'],
    ['likes olives 👍', 'likes olives 👍🏽!'],
  ])('%s | %s', (one, other) => {
    expect([saysTheSame(one, other), saysTheSame(other, one)]).toEqual([true, true]);
  });

  test.each([
    ['has a cat', 'has cats'],
    ['dog bites man', 'man bites dog'],
    ['is married', 'was married'],
    ['likes tea', 'loves tea'],
    ['drinks tea', 'drinks tea?'],
    ['speaks Polish', 'speaks polish'],
    ['meets Ann at 10', 'meets Ann at 11'],
    ['eats meat', 'never eats meat'],
    ['...', '!!!'],
    ['his dog is sick', 'her dog is sick'],
    ['likes olives 👍', 'likes olives 👎'],
    ['smokes', 'smokes 🚫'],
    ['a > b', 'a < b'],
  ])('not: %s | %s', (one, other) => {
    expect([saysTheSame(one, other), saysTheSame(other, one)]).toEqual([false, false]);
  });
});

test.each([
  ['likes coffee', 'enjoys strong coffee in the morning', true],
  ['enjoys strong coffee in the morning', 'likes coffee', false],
  ['met Ann in 2019', 'met Ann in Paris in 2019', true],
  ['met Ann in 2019', 'met Ann in Paris in 2018', false],
  ['eats meat', 'never eats meat at home', false],
  ['paid 20 EUR to Bob', 'paid 30 EUR to Bob and 20 EUR to Carl', false],
  ['do you like coffee?', 'you like coffee a lot', false],
  ['likes coffee', 'thinks coffee is bad', false],
  ['smokes', 'smokes 🚫 at home', false],
  ['likes olives 👍', 'likes green olives', false],
  ['says that Ann works', 'Ann works', false],
  ['prefers tea over coffee', 'prefers coffee over tea', false],
  ['lends money to friends', 'friends lend him money, which goes to a bank', false],
])('%s is contained in %s: %s', (one, other, expected) => {
  expect(isContainedIn(one, other)).toBe(expected);
});

test.each([
  ['enjoys hiking in the hills', 'likes hiking in the mountains', 'related'],
  ['fact number 1 about topic 4', 'fact number 2 about topic 4', 'different'],
  ['met Ann in the park', 'met Bob in the park', 'different'],
  ['plays chess on sundays', 'works at the bakery', 'different'],
  ['plays the guitar', 'does not play the guitar', 'different'],
])('rules call %s and %s %s', (one, other, expected) => {
  const [judged] = judgePairs([memory('a', one), memory('b', other)], [{ one: 0, other: 1, cosine: 0.99 }]);
  expect(judged?.byRules).toBe(expected);
});

describe('clusters', () => {
  test('rules merge what says the same; the memory with the highest score stays', () => {
    const found = clustersAmong([
      memory('a', 'Drinks coffee', { score: 0.2 }),
      memory('b', 'drinks coffee.', { score: 0.9 }),
      memory('c', 'drinks the coffee'),
    ]);
    expect(found).toEqual([['b', ['c', 'a'], 'rules']]);
  });

  test('a model may only merge a text into one that contains all of its words', () => {
    const short = memory('short', 'likes coffee', { score: 1 });
    const long = memory('long', 'likes strong coffee', { score: 0 });
    expect(clustersAmong([short, long])).toEqual([['long', ['short'], 'model']]);
    expect(clustersAmong([short, long], 'related')).toEqual([]);
    expect(clustersAmong([memory('t', 'likes tea'), memory('c', 'likes coffee')])).toEqual([]);
    expect(clustersAmong([memory('y', 'eats meat'), memory('n', 'never eats meat')])).toEqual([]);
    expect(clustersAmong([memory('1', 'owes Bob 10 EUR'), memory('2', 'owes Bob 11 EUR in total')])).toEqual([]);
  });

  test('there are no chains: every pair of a cluster is the same', () => {
    const [short, middle, other] = [
      memory('s', 'likes coffee'),
      memory('m', 'likes strong coffee and green tea'),
      memory('o', 'likes green tea'),
    ];
    expect(clustersAmong([short, middle, other])).toEqual([['m', ['o'], 'model']]);
  });

  test('a pinned memory is never removed, and memories of two bots or conversations never meet', () => {
    const text = 'drinks coffee';
    expect(clustersAmong([memory('a', text, { pinned: true }), memory('b', text, { score: 1 })])).toEqual([
      ['a', ['b'], 'rules'],
    ]);
    expect(clustersAmong([memory('a', text, { pinned: true }), memory('b', text, { pinned: true })])).toEqual([]);
    expect(clustersAmong([memory('a', text, { bot: 'x' }), memory('b', text, { bot: 'y' })])).toEqual([]);
    expect(clustersAmong([memory('a', text, { session: 'x' }), memory('b', text)])).toEqual([]);
  });

  test('a cluster has ten members beside the one that stays, and all of them are found by further runs', () => {
    const all = Array.from({ length: 14 }, (_, no) => memory(`m${String(no).padStart(2, '0')}`, 'drinks coffee'));
    const [first, second] = clustersAmong(all);
    expect([first?.[0], first?.[1]?.length, second?.[1]?.length]).toEqual(['m00', 10, 2]);
  });
});

describe('a united text', () => {
  const [one, other] = ['Moved to Berlin in 2021', 'moved to Berlin with Anna in 2021'];
  test.each<[string, string, string, string]>([
    ['joins both', 'likes strong coffee', 'likes coffee with milk', 'likes strong coffee with milk'],
    ['has lists joined', 'plays chess at home', 'plays go at home', 'plays chess and go at home'],
  ])('%s', (_title, left, right, text) => {
    expect(unitedText(left, right, text)).toEqual({ text });
  });

  test.each<[string, string, string, string]>([
    ['nothing', 'likes tea', 'likes coffee', ' '],
    ['one of the two', 'likes strong coffee', 'likes coffee with milk', 'likes strong coffee'],
    ['another number', one, other, 'Moved to Berlin with Anna in 2022'],
    ['another name', one, other, 'Moved to Berlin with Hanna in 2021'],
    ['a negation', 'likes strong coffee', 'likes coffee with milk', 'likes no strong coffee with milk'],
    ['a word of its own', 'likes strong coffee', 'likes coffee with milk', 'likes strong coffee with cold milk'],
    ['an alternative', 'plays chess at home', 'plays go at home', 'plays chess or go at home'],
    ['a question', 'likes strong coffee', 'likes coffee with milk', 'likes strong coffee with milk?'],
    [
      'another order',
      'prefers tea over coffee',
      'prefers tea over coffee at night',
      'prefers coffee over tea at night',
    ],
    ['everything twice', 'likes tea', 'likes coffee', 'likes tea likes coffee likes tea likes coffee'],
  ])('is refused where it states %s', (_title, left, right, text) => {
    expect(unitedText(left, right, text)).toHaveProperty('problem');
  });
});
