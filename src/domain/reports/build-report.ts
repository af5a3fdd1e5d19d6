import type { InsightScope } from '../insights/insight.ts';
import { isTrue } from './check-sentence.ts';
import type { Citation, Report, ReportData, ReportInsight, ReportType, Sentence } from './report.ts';

export interface ReportInput {
  readonly reportType: ReportType;
  readonly scope: InsightScope;
  readonly userId: string | null;
  readonly collection: string;
  readonly start: Date;
  readonly end: Date;
  readonly data: ReportData;
}

const mostTopics = 5;
const mostInsights = 20;
const mostRecommendations = 5;

/** Writes a report by rules. The same input gives the same report. */
export function buildReport(input: ReportInput): Report {
  const { data } = input;
  const cite = citing(data);
  const checked = (sentences: readonly (Sentence | null)[]) =>
    sentences.flatMap((one) => (one !== null && isTrue(one, data) ? [one] : []));
  return {
    report_type: input.reportType,
    scope: input.scope,
    user_id: input.userId,
    collection: input.collection,
    period: { start: input.start.toISOString(), end: input.end.toISOString(), days: data.days.length },
    executive_summary: checked(summary(data, cite)),
    insights: checked(data.insights.slice(0, mostInsights).map((one, at) => insightSentence(one, at, cite, data))),
    trends: checked(data.topics.slice(0, mostTopics).map((_, at) => trend(data, at, cite))),
    recommendations: checked(
      data.insights
        .map((one, at) => recommendation(one, at, cite))
        .filter((one) => one !== null)
        .slice(0, mostRecommendations),
    ),
    data,
    method: 'rules',
    notes: [],
  };
}

type Cite = (...paths: string[]) => Citation[];

/** Cites values by their paths; a path that does not exist is cited as it is, and the check refuses the sentence. */
function citing(data: ReportData): Cite {
  const valueAt = (path: string) => {
    let at: unknown = data;
    for (const key of path.split('.')) {
      at = typeof at === 'object' && at !== null ? Object.entries(at).find(([name]) => name === key)?.[1] : undefined;
    }
    return typeof at === 'string' || typeof at === 'number' ? at : null;
  };
  return (...paths) => paths.map((path) => ({ path, value: valueAt(path) }));
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}

function summary(data: ReportData, cite: Cite): (Sentence | null)[] {
  const { questions, difference, least_users: leastUsers } = data;
  const atLeast = leastUsers === null ? '' : 'At least ';
  if (questions === 0) {
    const text =
      leastUsers === null
        ? 'No question was asked in this period.'
        : 'Too little was asked in this period to report: 0 questions.';
    return [{ text, citations: cite('questions') }];
  }
  const asked = {
    text: `${atLeast}${questions} ${plural(questions, 'question was', 'questions were')} asked in this period.`,
    citations: cite('questions'),
  };
  const direction = difference > 0 ? 'more' : 'fewer';
  const compared =
    difference === 0
      ? { text: 'The number of questions is that of the period before.', citations: cite('difference') }
      : {
          text: `This is ${Math.abs(difference)} ${direction} than in the period before.`,
          citations: cite('difference'),
        };
  const top =
    data.topics[0] === undefined
      ? null
      : {
          text: `The most frequent topic was "${data.topics[0].title}", with ${data.topics[0].count} ${plural(data.topics[0].count, 'question', 'questions')}.`,
          citations: cite('topics.0.title', 'topics.0.rank', 'topics.0.count'),
        };
  return [asked, compared, top];
}

/** A ratio of 0 of the organisation is a rounded one: some users may still have asked. */
function rateOfZero(named: string, hasEnded: boolean, cited: (...names: string[]) => Citation[]): Sentence {
  return hasEnded
    ? { text: `Questions about ${named} were no longer asked.`, citations: cited('count') }
    : { text: `Questions about ${named} fell far below their earlier rate.`, citations: cited('ratio') };
}

function insightSentence(
  { kind, title, statistic }: ReportInsight,
  at: number,
  cite: Cite,
  data: ReportData,
): Sentence {
  const cited = (...names: string[]) =>
    cite(`insights.${at}.title`, ...names.map((name) => `insights.${at}.statistic.${name}`));
  const hours = data.least_users === null ? plural(statistic.count, 'hour', 'hours') : 'days of users';
  const named = `"${title}"`;
  if (kind === 'emerging' || kind === 'fading') {
    const verb = kind === 'emerging' ? 'rose' : 'fell';
    if (statistic.ratio === null) {
      return { text: `${named} is new: it was asked about in ${statistic.count} ${hours}.`, citations: cited('count') };
    }
    if (statistic.ratio === 0) return rateOfZero(named, statistic.count === 0 && data.least_users === null, cited);
    return {
      text: `Questions about ${named} ${verb} to ${statistic.ratio} times their earlier rate.`,
      citations: cited('ratio'),
    };
  }
  if (kind === 'recurring') {
    return {
      text: `${named} was asked about in ${statistic.periods ?? 0} periods in a row.`,
      citations: cited('periods'),
    };
  }
  const low = statistic.low_answers ?? 0;
  return {
    text:
      low > 0
        ? `${named} was asked about in ${statistic.count} ${hours}, and ${low} ${plural(low, 'question', 'questions')} had a missing or poor answer.`
        : `${named} was asked again in ${statistic.count} ${hours}.`,
    citations: cited('count', 'low_answers'),
  };
}

function trend(data: ReportData, at: number, cite: Cite): Sentence | null {
  const topic = data.topics[at];
  if (topic === undefined) return null;
  const { title, count, difference, previous } = topic;
  const asked = `"${title}": ${count} ${plural(count, 'question', 'questions')}`;
  const paths = ['title', 'count', 'previous', 'difference'].map((name) => `topics.${at}.${name}`);
  const compared =
    difference === 0
      ? 'as in the period before'
      : `${Math.abs(difference)} ${difference > 0 ? 'more' : 'fewer'} than the ${previous} before`;
  return { text: `${asked}, ${compared}.`, citations: cite(...paths) };
}

function recommendation({ kind, title }: ReportInsight, at: number, cite: Cite): Sentence | null {
  const citations = cite(`insights.${at}.title`, `insights.${at}.kind`);
  if (kind === 'unanswered') return { text: `Provide a good answer to "${title}".`, citations };
  if (kind === 'emerging') return { text: `Check that the documents cover "${title}".`, citations };
  if (kind === 'recurring') return { text: `Make what is known about "${title}" easier to find.`, citations };
  return null;
}
