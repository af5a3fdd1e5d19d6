import { describe, expect, it, test } from 'vitest';
import type { Attribute, Operation } from '../../../src/domain/profiles/attribute.ts';
import { changesByRules } from '../../../src/domain/profiles/by-rules.ts';
import { checkedAnswer } from '../../../src/domain/profiles/check-answer.ts';
import { planOf } from '../../../src/domain/profiles/plan.ts';
import { oneLine, snakeCase } from '../../../src/domain/profiles/text.ts';

/** `category key: value`, each a day later than the one before. */
function profile(...lines: readonly string[]): Attribute[] {
  return lines.map((line, at) => {
    const [, category = '', key = '', value = ''] = /^(\S+) (\S+): (.*)$/s.exec(line) ?? [];
    return { id: `id-${at + 1}`, category, key, value, updatedAt: new Date(Date.UTC(2026, 0, at + 1)) };
  });
}

const byRules = (...lines: readonly string[]) =>
  changesByRules(profile(...lines)).map(
    ({ lines: [line], reason, by }) => `${line} ${reason}${by === null ? '' : ` ${by}`}`,
  );

describe('rules without a model', () => {
  test('of equal values under one key the latest stays', () => {
    expect(byRules('interest likes: Coffee', 'interest Likes: " coffee."', 'misc likes: coffee')).toEqual([
      '1 duplicate 2',
    ]);
  });

  test('an earlier value of a key that has one value at a time gives way to the later', () => {
    expect(byRules('fact city: Berlin', 'fact City: Munich')).toEqual(['1 superseded 2']);
    expect(byRules('preference favorite_color: blue', 'preference favorite_color: green')).toEqual(['1 superseded 2']);
  });

  test('keys that collect values keep all of them', () => {
    expect(
      byRules('interest likes: coffee', 'interest likes: jazz', 'health allergies: nuts', 'health allergies: eggs'),
    ).toEqual([]);
  });

  test('values that were written at the same time, or at no known time, stay', () => {
    const lines = profile('fact city: Berlin', 'fact city: Munich');
    expect(changesByRules(lines.map((line) => ({ ...line, updatedAt: null })))).toEqual([]);
    expect(changesByRules(lines.map((line) => ({ ...line, updatedAt: new Date(0) })))).toEqual([]);
  });

  test('passing states and greetings go, whole values only and never of health', () => {
    const lines = [
      'misc state: feeling tired right now',
      'misc said: Good morning!',
      'fact job: tired of his job',
      'health state: tired',
    ];
    expect(byRules(...lines)).toEqual(['1 passing', '2 greeting']);
  });
});

describe('limits of the whole', () => {
  const plan = (lines: readonly Attribute[], operations: readonly Operation[], maxShare = 0.5) =>
    planOf(lines, checkedAnswer(lines, operations), maxShare);
  const drop = (line: number): Operation => ({ op: 'drop', line, reason: 'one_time' });

  test('no more than the share disappears without a successor', () => {
    const lines = profile('fact a: went shopping', 'fact b: bought bread', 'fact c: reads books', 'fact d: cooks soup');
    expect(plan(lines, [drop(1), drop(2)]).removed).toEqual(['id-1', 'id-2']);
    expect(() => plan(lines, [drop(1), drop(2), drop(3)])).toThrow(/3 of 4 lines would disappear/);
    expect(() => plan(lines, [drop(1)], 0.2)).toThrow(/more than max_share 0.2/);
  });

  test('no category is emptied, and no profile', () => {
    const lines = profile('fact a: went shopping', 'misc b: reads books', 'misc c: cooks soup');
    expect(() => plan(lines, [drop(1)])).toThrow(/a category would be left without a line/);
    expect(() => plan(profile('fact a: went shopping'), [drop(1)], 1)).toThrow(/no line would be left/);
  });

  test('unless each of its lines was merged elsewhere, or passes', () => {
    const merge: Operation = { op: 'merge', lines: [1, 2], category: 'misc', key: 'likes', value: 'coffee' };
    const merged = plan(profile('interest likes: coffee', 'misc likes: Coffee'), [merge]);
    expect(merged).toMatchObject({
      added: [{ category: 'misc', inPlaceOf: 'id-2' }],
      categories: ['interest', 'misc'],
    });
    const passing = profile('misc state: hungry', 'misc greeting: hello');
    expect(planOf(passing, changesByRules(passing), 0.5).removed).toEqual(['id-1', 'id-2']);
  });
});

describe('one answer', () => {
  const accept = (lines: readonly Attribute[], ...operations: readonly Operation[]) => checkedAnswer(lines, operations);

  it('joins lines that say the same in other words', () => {
    const lines = profile('interest likes: Likes strong coffee', 'interest likes: enjoys strong coffee in the morning');
    const value = 'Enjoys strong coffee in the morning';
    const [change] = accept(lines, { op: 'merge', lines: [1, 2], category: 'interest', key: 'Likes', value });
    expect(change).toMatchObject({ lines: [1, 2], reason: 'merged', added: { key: 'likes', value } });
  });

  it('writes keys in snake_case, values in one line and categories of its own as misc', () => {
    const lines = profile('hobbies homeTown: Lives in\nHamburg');
    const [own] = accept(lines, {
      op: 'replace',
      line: 1,
      category: 'hobbies',
      key: 'homeTown',
      value: 'Lives in\n Hamburg',
    });
    expect(own?.added).toEqual({ category: 'hobbies', key: 'home_town', value: 'Lives in Hamburg' });
    const [other] = accept(lines, {
      op: 'replace',
      line: 1,
      category: 'invented',
      key: 'home_town',
      value: 'Lives in Hamburg',
    });
    expect(other?.added?.category).toBe('misc');
  });

  it('drops what a later line of a related key settles', () => {
    const lines = profile('fact home_city: Berlin', 'fact city: Munich', 'fact job: baker');
    expect(accept(lines, { op: 'drop', line: 1, reason: 'superseded', by: 2 })).toMatchObject([
      { reason: 'superseded', by: 2 },
    ]);
  });

  const lines = profile(
    'fact city: Berlin',
    'fact city: Munich since 2024',
    'health allergies: allergic to peanuts',
    'interest likes: peanuts',
    'misc visit: met Anna and Bob on 3 May',
    'preference calls: never call after 8 pm',
    'fact pets: 2 cats and 3 dogs',
    'fact route: drives from Berlin to Munich',
    'fact job: worked at Siemens',
    'fact 职业: 住在北京的医生',
  );
  const refused: readonly (readonly [string, Operation, RegExp])[] = [
    ['a line that was not shown', { op: 'drop', line: 11, reason: 'passing' }, /line 11 does not exist/],
    ['line 0', { op: 'keep', line: 0 }, /line 0 does not exist/],
    ['half a line', { op: 'keep', line: 1.5 }, /does not exist/],
    [
      'a merge of one line',
      { op: 'merge', lines: [1], category: 'fact', key: 'city', value: 'Berlin' },
      /names one line/,
    ],
    [
      'a merge that names a line twice',
      { op: 'merge', lines: [1, 1], category: 'fact', key: 'city', value: 'Berlin' },
      /named twice/,
    ],
    [
      'an invented fact',
      { op: 'replace', line: 1, category: 'fact', key: 'city', value: 'Berlin, born there' },
      /contains words/,
    ],
    [
      'an invented sign',
      { op: 'replace', line: 1, category: 'fact', key: 'city', value: 'Berlin 🚫' },
      /into its opposite/,
    ],
    ['an invented picture', { op: 'replace', line: 1, category: 'fact', key: 'city', value: 'Berlin 👍' }, /contains/],
    ['an invented key', { op: 'replace', line: 1, category: 'fact', key: 'admin', value: 'Berlin' }, /key of none/],
    ['an empty value', { op: 'replace', line: 1, category: 'fact', key: 'city', value: ' \n' }, /is empty/],
    [
      'a lost date',
      { op: 'replace', line: 2, category: 'fact', key: 'city', value: 'Munich' },
      /loses a (qualifier|number)/,
    ],
    [
      'a lost contradiction',
      { op: 'merge', lines: [1, 2], category: 'fact', key: 'city', value: 'Munich since 2024' },
      /loses a name of line 1/,
    ],
    [
      'an allergy as a liking',
      { op: 'merge', lines: [3, 4], category: 'interest', key: 'likes', value: 'peanuts' },
      /denies something/,
    ],
    [
      'names exchanged',
      { op: 'replace', line: 5, category: 'misc', key: 'visit', value: 'met Bob and Anna on 3 May' },
      /loses a name/,
    ],
    [
      'numbers exchanged',
      { op: 'replace', line: 7, category: 'fact', key: 'pets', value: '3 cats and 2 dogs' },
      /loses a number/,
    ],
    [
      'a direction turned',
      { op: 'replace', line: 8, category: 'fact', key: 'route', value: 'drives to Berlin from Munich' },
      /loses/,
    ],
    [
      'a past made present',
      { op: 'replace', line: 9, category: 'fact', key: 'job', value: 'works at Siemens' },
      /loses words/,
    ],
    [
      'a script without capitals',
      { op: 'replace', line: 10, category: 'fact', key: '职业', value: '住在上海的医生' },
      /loses a name/,
    ],
    [
      'a thing left out',
      { op: 'replace', line: 5, category: 'misc', key: 'visit', value: 'Anna and Bob on 3 May' },
      /loses words/,
    ],
    ['health as noise', { op: 'drop', line: 3, reason: 'one_time' }, /is about health/],
    ['a prohibition as noise', { op: 'drop', line: 6, reason: 'passing' }, /denies something/],
    ['a duplicate of nothing', { op: 'drop', line: 1, reason: 'duplicate' }, /for no other line/],
    ['a duplicate of itself', { op: 'drop', line: 1, reason: 'duplicate', by: 1 }, /for no other line/],
    ['no duplicate', { op: 'drop', line: 1, reason: 'duplicate', by: 9 }, /would be lost/],
    ['the later for the earlier', { op: 'drop', line: 2, reason: 'superseded', by: 1 }, /is not earlier/],
    ['unrelated keys', { op: 'drop', line: 1, reason: 'superseded', by: 9 }, /without a common word/],
  ];
  test.each(refused)('%s is refused', (_what, operation, reason) => {
    expect(() => accept(lines, operation)).toThrow(reason);
  });

  test('a line that is dropped for a dropped line is refused, and so is a line in two operations', () => {
    const drops: Operation[] = [
      { op: 'drop', line: 1, reason: 'superseded', by: 2 },
      { op: 'drop', line: 2, reason: 'one_time' },
    ];
    expect(() => accept(lines, ...drops)).toThrow(/line 2, which is dropped too/);
    expect(() => accept(lines, { op: 'keep', line: 1 }, { op: 'drop', line: 1, reason: 'one_time' })).toThrow(
      /named twice/,
    );
  });

  test('reasons contain nothing of the profile', () => {
    for (const [, operation] of refused) {
      try {
        accept(lines, operation);
      } catch (error) {
        expect(String(error)).not.toMatch(/Berlin|Munich|peanuts|Anna|admin|Siemens/);
      }
    }
  });
});

test.each([
  ['favColor', 'fav_color'],
  ['Fav Color!', 'fav_color'],
  ['fav-color', 'fav_color'],
  ['Straßen Name', 'straßen_name'],
  ['職業', '職業'],
  ['HTTPProxy2Name', 'httpproxy2_name'],
])('%s is the key %s', (key, wanted) => {
  expect(snakeCase(key)).toBe(wanted);
});

test('a value of one line has no control characters and none that turn text', () => {
  expect(oneLine(' a\r\n\tb\u202ec\u0000 d ')).toBe('a b c d');
});
