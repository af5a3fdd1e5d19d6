import { describe, expect, test } from 'vitest';
import { findInsights, type PeriodCounts, publishable } from '../../../src/domain/insights/find-insights.ts';
import { seededRandom } from '../../../src/domain/random.ts';

interface Asked {
  readonly user: string;
  readonly topic: number;
  /** Hours before the end of the period. */
  readonly age: number;
}

const [topics, periods, hoursOfWeek] = [12, 9, 168];

/** Counts as the store makes them: hours of one user, or days of users. */
function counted(asked: readonly Asked[], scope: 'user' | 'organisation'): PeriodCounts {
  const unit = ({ user, age }: Asked) => (scope === 'user' ? `${Math.floor(age)}` : `${user} ${Math.floor(age / 24)}`);
  const back = ({ age }: Asked) => Math.floor(age / hoursOfWeek);
  const at = (of: readonly Asked[], period: number) => of.filter((one) => back(one) === period);
  const distinct = (of: readonly Asked[], by: (one: Asked) => string) => new Set(of.map(by)).size;
  const numbers = [...Array(periods).keys()];
  const byTopic = [...Array(topics).keys()].map((topic) => {
    const own = asked.filter((one) => one.topic === topic);
    const units = numbers.map((period) => distinct(at(own, period), unit));
    const users = numbers.map((period) => distinct(at(own, period), ({ user }) => user));
    return {
      id: `t${topic}`,
      title: `topic ${topic}`,
      units,
      users,
      asked: units,
      questions: units[0] ?? 0,
      lowAnswers: 0,
      queryIds: [],
    };
  });
  return {
    exposures: numbers.map((period) => byTopic.reduce((sum, { units }) => sum + (units[period] ?? 0), 0)),
    topics: byTopic,
    // Each topic has words of its own, which come and go with it.
    terms: byTopic.map(({ id, units, users }) => {
      const [now = 0, ...before] = units;
      return {
        term: `w${id}`,
        title: id,
        units: now,
        previousUnits: before.reduce((sum, one) => sum + one, 0),
        users: Math.max(...users),
      };
    }),
    repeated: [],
  };
}

type Shape = (random: () => number, at: number) => Asked;

/** Questions of common and rare topics, spread over nine weeks. */
const plain: Shape = (random, at) => ({
  user: `u${at % 30}`,
  topic: Math.floor(random() ** 2 * topics),
  age: random() * periods * hoursOfWeek,
});

const nothingPlanted: Readonly<Record<string, { readonly shape: Shape; readonly scope: 'user' | 'organisation' }>> = {
  'of one user': { shape: plain, scope: 'user' },
  'of an organisation': { shape: plain, scope: 'organisation' },
  'with twice the traffic in the last week': {
    scope: 'organisation',
    shape: (random, at) => (at % 10 === 0 ? { ...plain(random, at), age: random() * hoursOfWeek } : plain(random, at)),
  },
  'with less traffic at weekends': {
    scope: 'organisation',
    shape: (random, at) => {
      const one = plain(random, at);
      return Math.floor(one.age / 24) % 7 < 2 && random() < 0.7 ? { ...one, age: one.age + 48 } : one;
    },
  },
};

const limits = { leastUsers: 1, falseDiscoveryRate: 0.05 };
const changesIn = (counts: PeriodCounts) =>
  findInsights(counts, limits).filter(({ kind }) => kind === 'emerging' || kind === 'fading');

describe('where nothing changed', () => {
  test.each(Object.entries(nothingPlanted))(
    'at most 14 of 200 seeds report a change: %s',
    (_name, { shape, scope }) => {
      let reported = 0;
      for (let seed = 1; seed <= 200; seed++) {
        const random = seededRandom(seed);
        const asked = Array.from({ length: 900 }, (_, at) => shape(random, at));
        if (changesIn(counted(asked, scope)).length > 0) reported += 1;
      }
      expect(reported).toBeLessThanOrEqual(14);
    },
  );

  test('one user who asks fifty times in an hour changes nothing', () => {
    const random = seededRandom(1);
    const asked = Array.from({ length: 900 }, (_, at) => plain(random, at));
    const burst = Array.from({ length: 50 }, (_, at) => ({ user: 'u1', topic: 7, age: 5 + at / 60 }));
    for (const scope of ['user', 'organisation'] as const) {
      expect(changesIn(counted([...asked, ...burst], scope))).toEqual(changesIn(counted(asked, scope)));
    }
  });

  test('a user who is new has no periods to compare with', () => {
    const asked = Array.from({ length: 200 }, (_, at) => ({ user: 'u', topic: at % 3, age: (at * 0.8) % hoursOfWeek }));
    expect(changesIn(counted(asked, 'user'))).toEqual([]);
  });
});

describe('what is planted is found', () => {
  test('a topic that is asked about three times as often in the last week emerges', () => {
    const missed = [...Array(20).keys()].filter((seed) => {
      const random = seededRandom(seed + 1);
      const asked = Array.from({ length: 3_000 }, (_, at) => ({ ...plain(random, at), topic: at % topics }));
      const more = asked.filter(({ topic, age }) => topic === 4 && age < hoursOfWeek);
      const planted = [
        ...asked,
        ...more.flatMap((one) =>
          [0.31, 0.67].map((part) => ({ ...one, age: (one.age + part * hoursOfWeek) % hoursOfWeek })),
        ),
      ];
      const found = findInsights(counted(planted, 'user'), limits).filter(({ kind }) => kind === 'emerging');
      return !found.some(({ subject }) => subject === 't4');
    });
    expect(missed).toEqual([]);
  });

  test('a topic that nobody asks about any more fades, with its statistic', () => {
    const random = seededRandom(3);
    const asked = Array.from({ length: 3_000 }, (_, at) => ({ ...plain(random, at), topic: at % topics }));
    const planted = asked.filter(({ topic, age }) => topic !== 4 || age > hoursOfWeek);
    const [found] = changesIn(counted(planted, 'user')).filter(({ subject }) => subject === 't4');
    expect(found).toMatchObject({ kind: 'fading', statistic: { test: 'poisson', count: 0, ratio: 0 } });
    expect(found?.statistic.q_value).toBeLessThan(0.05);
  });
});

describe('kinds that nothing is tested for', () => {
  const topic = (units: readonly number[], more: object = {}) => ({
    ...{
      id: 't',
      title: 'backup',
      units,
      users: units.map(() => 1),
      asked: units,
      questions: units[0] ?? 0,
      lowAnswers: 0,
      queryIds: ['q1'],
    },
    ...more,
  });
  const counts = (one: ReturnType<typeof topic>): PeriodCounts => ({
    exposures: [20, 20, 20, 20, 20],
    topics: [one],
    terms: [],
    repeated: [],
  });

  test('a topic recurs that was asked about in four periods in a row', () => {
    expect(findInsights(counts(topic([2, 1, 1, 1, 0])), limits)).toMatchObject([
      { kind: 'recurring', statistic: { periods: 4 } },
    ]);
    expect(findInsights(counts(topic([2, 1, 0, 1, 5])), limits)).toEqual([]);
  });

  test('a topic is unanswered of which half the answers are missing or scored low', () => {
    const found = findInsights(counts(topic([6, 0, 0, 0, 0], { questions: 8, lowAnswers: 4 })), limits);
    expect(found).toMatchObject([
      { kind: 'unanswered', subjectType: 'topic', statistic: { low_answers: 4 }, evidence: { query_ids: ['q1'] } },
    ]);
    expect(findInsights(counts(topic([6, 0, 0, 0, 0], { questions: 8, lowAnswers: 3 })), limits)).toEqual([]);
  });

  test('a question is unanswered that was asked again in three different hours', () => {
    const repeated = [
      { key: 'k', title: 'restore', units: 3, users: 1, questions: 9, lowAnswers: 0, queryIds: ['q1'] },
    ];
    expect(findInsights({ ...counts(topic([0, 0, 0, 0, 0])), repeated }, limits)).toMatchObject([
      { kind: 'unanswered', subjectType: 'question', subject: 'k' },
    ]);
    const twice = repeated.map((one) => ({ ...one, units: 2 }));
    expect(findInsights({ ...counts(topic([0, 0, 0, 0, 0])), repeated: twice }, limits)).toEqual([]);
  });

  test('the organisation is told nothing that fewer than its least number of users share', () => {
    const of = (users: number) =>
      counts(topic([9, 9, 9, 9, 9], { users: Array(5).fill(users), questions: 9, lowAnswers: 9 }));
    const organisation = { leastUsers: 5, falseDiscoveryRate: 0.05 };
    expect(findInsights(of(4), organisation)).toEqual([]);
    expect(findInsights(of(5), organisation).map(({ kind }) => kind)).toEqual(['recurring', 'unanswered']);
  });
});

test('one user more or less does not show in what is published, but as a whole step', () => {
  const statistic = {
    test: 'poisson',
    count: 12,
    exposure: 83,
    previous_count: 31,
    previous_exposure: 640,
    ratio: 2.99,
    q_value: 0.0041,
  } as const;
  const insight = {
    kind: 'emerging',
    subjectType: 'topic',
    subject: 't',
    title: 'backup',
    statistic,
    evidence: { query_ids: ['q1'] },
  } as const;
  const shown = publishable(insight, 5);
  expect(shown.evidence.query_ids).toEqual([]);
  expect(shown.statistic).toMatchObject({
    count: 10,
    exposure: 80,
    previous_count: 30,
    previous_exposure: 640,
    ratio: 3,
    q_value: 0.01,
  });
  const fewer = { ...insight, statistic: { ...statistic, count: 11, ratio: 2.9 } };
  expect(publishable(fewer, 5).statistic).toEqual(shown.statistic);
});
