import { adjusted } from './false-discoveries.ts';
import type { Insight, InsightKind, InsightStatistic } from './insight.ts';
import { logLikelihood } from './log-likelihood.ts';
import { poissonRateTest, type Rate } from './poisson-test.ts';

/**
 * Counts of the questions of one user or of the organisation. A unit is an hour in which a user asked, or of the
 * organisation a day of one user: a user who asks fifty times in an hour counts once.
 */
export interface PeriodCounts {
  /** Units of all questions, by period: the current one first. */
  readonly exposures: readonly number[];
  readonly topics: readonly TopicCounts[];
  readonly terms: readonly TermCounts[];
  /** Questions that were asked again in the current period. */
  readonly repeated: readonly RepeatedQuestion[];
}

export interface TopicCounts {
  readonly id: string;
  readonly title: string;
  /** By period: the current one first. */
  readonly units: readonly number[];
  /** Different users, by period. */
  readonly users: readonly number[];
  /** Questions, by period. */
  readonly asked: readonly number[];
  /** Questions of the current period, and those of them without a good answer. */
  readonly questions: number;
  readonly lowAnswers: number;
  readonly queryIds: readonly string[];
}

export interface TermCounts {
  readonly term: string;
  readonly title: string;
  readonly units: number;
  readonly previousUnits: number;
  /** Different users of all periods. */
  readonly users: number;
}

export interface RepeatedQuestion {
  readonly key: string;
  readonly title: string;
  readonly units: number;
  readonly users: number;
  readonly questions: number;
  readonly lowAnswers: number;
  readonly queryIds: readonly string[];
}

export interface InsightLimits {
  /** Different users that share what is reported: 1 for the insights of one user. */
  readonly leastUsers: number;
  readonly falseDiscoveryRate: number;
}

/** A change of fewer units is not reported, however unlikely it is. */
const leastUnits = 5;
/** Rates that differ by less are not reported, however certain the difference is. */
const leastRatio = 1.5;
/** Fewer units of all periods together can show no change: testing them would only cost others their significance. */
const leastTested = 10;
const recurringPeriods = 4;
const leastRepeats = 3;
const leastLowShare = 0.5;

/** Finds what changed, keeps recurring, or is left unanswered. The same counts give the same insights. */
export function findInsights(counts: PeriodCounts, limits: InsightLimits): Insight[] {
  return [
    ...changes(counts, limits),
    ...counts.topics.flatMap((topic) => recurring(topic, counts, limits)),
    ...unanswered(counts, limits),
  ];
}

interface Tested {
  readonly subjectType: 'topic' | 'term';
  readonly subject: string;
  readonly title: string;
  readonly now: Rate;
  readonly before: Rate;
  readonly test: 'poisson' | 'g2';
  readonly p: number;
  readonly users: number;
  readonly queryIds: readonly string[];
}

/** Topics and terms are tested, and their probabilities adjusted together: half of the rate is for each. */
function changes({ exposures, topics, terms }: PeriodCounts, limits: InsightLimits): Insight[] {
  const [now = 0, ...before] = exposures;
  const previous = sum(before);
  if (now === 0 || previous === 0) return [];
  const tested: Tested[] = [];
  for (const { id, title, units, users, queryIds } of topics) {
    const [one, other] = [rate(units[0] ?? 0, now), rate(sum(units.slice(1)), previous)];
    if (one.count + other.count < leastTested) continue;
    const p = poissonRateTest(one, other);
    const rates = { now: one, before: other, test: 'poisson', p } as const;
    tested.push({ subjectType: 'topic', subject: id, title, ...rates, users: Math.max(0, ...users), queryIds });
  }
  for (const { term, title, units, previousUnits, users } of terms) {
    const [one, other] = [rate(units, now), rate(previousUnits, previous)];
    if (one.count + other.count < leastTested) continue;
    const { p } = logLikelihood(one, other);
    const rates = { now: one, before: other, test: 'g2', p } as const;
    tested.push({ subjectType: 'term', subject: term, title, ...rates, users, queryIds: [] });
  }
  const values = adjusted(tested.map(({ p, subjectType }) => ({ p, family: subjectType })));
  const found = tested.flatMap((one, at) => {
    const kind = kindOf(one);
    const value = values[at] ?? 1;
    if (kind === null || value > limits.falseDiscoveryRate || one.users < limits.leastUsers) return [];
    return [insight(kind, one, { test: one.test, ...statisticOf(one.now, one.before, value) })];
  });
  return found.filter((one) => one.subjectType === 'topic' || !found.some((other) => says(other, one)));
}

/** Whether another insight says all that one about a term does: it is of a topic or a longer term with the same words. */
function says(other: Insight, one: Insight): boolean {
  if (other === one || other.kind !== one.kind) return false;
  const said = wordsOf(other.title);
  const words = wordsOf(one.title);
  return words.every((word) => said.includes(word)) && (other.subjectType === 'topic' || said.length > words.length);
}

function wordsOf(title: string): string[] {
  return title.split(/[\s,]+/u);
}

function kindOf({ now, before }: Tested): 'emerging' | 'fading' | null {
  const expected = (before.count / before.exposure) * now.exposure;
  if (now.count >= leastUnits && now.count >= expected * leastRatio) return 'emerging';
  if (expected >= leastUnits && now.count * leastRatio <= expected) return 'fading';
  return null;
}

function recurring(topic: TopicCounts, { exposures }: PeriodCounts, { leastUsers }: InsightLimits): Insight[] {
  const missing = topic.units.findIndex((units, at) => units === 0 || (topic.users[at] ?? 0) < leastUsers);
  const periods = missing === -1 ? topic.units.length : missing;
  if (periods < recurringPeriods || sum(topic.units.slice(0, periods)) < leastUnits) return [];
  const [now, before] = ratesOf(topic.units, exposures);
  const { id: subject, title, queryIds } = topic;
  const statistic = { test: 'count', ...statisticOf(now, before, null), periods } as const;
  return [insight('recurring', { subjectType: 'topic', subject, title, queryIds }, statistic)];
}

/** Questions that were asked again, and topics whose answers are missing or scored low. */
function unanswered({ exposures, topics, repeated }: PeriodCounts, { leastUsers }: InsightLimits): Insight[] {
  const isLow = ({ questions, lowAnswers }: { questions: number; lowAnswers: number }) =>
    lowAnswers > 0 && lowAnswers >= questions * leastLowShare;
  const ofTopics = topics.flatMap((topic) => {
    const { id: subject, title, units, users, queryIds, lowAnswers } = topic;
    if (!isLow(topic) || (units[0] ?? 0) < leastUnits || (users[0] ?? 0) < leastUsers) return [];
    const statistic = { test: 'count', ...statisticOf(...ratesOf(units, exposures), null), low_answers: lowAnswers };
    return [insight('unanswered', { subjectType: 'topic', subject, title, queryIds }, { ...statistic, test: 'count' })];
  });
  const ofQuestions = repeated.flatMap(({ key, title, units, users, queryIds, lowAnswers }) => {
    if (units < leastRepeats || users < leastUsers) return [];
    const statistic = statisticOf(rate(units, exposures[0] ?? 0), rate(0, 0), null);
    const subject = { subjectType: 'question', subject: key, title, queryIds } as const;
    return [insight('unanswered', subject, { test: 'count', ...statistic, low_answers: lowAnswers })];
  });
  return [...ofTopics, ...ofQuestions];
}

function insight(
  kind: InsightKind,
  subject: Pick<Insight, 'subjectType' | 'subject' | 'title'> & { readonly queryIds: readonly string[] },
  statistic: InsightStatistic,
): Insight {
  const { subjectType, subject: id, title, queryIds } = subject;
  return { kind, subjectType, subject: id, title, statistic, evidence: { query_ids: queryIds } };
}

function statisticOf(now: Rate, before: Rate, value: number | null): Omit<InsightStatistic, 'test'> {
  const former = before.exposure > 0 ? before.count / before.exposure : 0;
  const current = now.exposure > 0 ? now.count / now.exposure : 0;
  return {
    ...{ count: now.count, exposure: now.exposure },
    ...{ previous_count: before.count, previous_exposure: before.exposure },
    ratio: former > 0 ? rounded(current / former, 2) : null,
    q_value: value === null ? null : Number(value.toPrecision(2)),
  };
}

function ratesOf(units: readonly number[], exposures: readonly number[]): [Rate, Rate] {
  return [rate(units[0] ?? 0, exposures[0] ?? 0), rate(sum(units.slice(1)), sum(exposures.slice(1)))];
}

function rate(count: number, exposure: number): Rate {
  return { count, exposure };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/**
 * The same insight without what would tell one user's questions from others': no ids, numbers rounded down to multiples of the
 * least number of users, and probabilities as the threshold that they are below. Two reports that follow each other then
 * differ by a step of that size or not at all.
 */
export function publishable(found: Insight, leastUsers: number): Insight {
  const { statistic } = found;
  const down = (value: number) => Math.floor(value / leastUsers) * leastUsers;
  const { ratio, q_value: value } = statistic;
  return {
    ...found,
    evidence: { query_ids: [] },
    statistic: {
      ...statistic,
      ...{ count: down(statistic.count), exposure: down(statistic.exposure) },
      ...{ previous_count: down(statistic.previous_count), previous_exposure: down(statistic.previous_exposure) },
      ratio: ratio === null ? null : rounded(ratio * 2, 0) / 2,
      q_value: value === null ? null : ([0.001, 0.01, 0.05].find((limit) => value <= limit) ?? 1),
      ...(statistic.low_answers === undefined ? {} : { low_answers: down(statistic.low_answers) }),
    },
  };
}
