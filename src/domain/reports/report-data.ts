import type { TopicCounts } from '../insights/find-insights.ts';
import type { ReportData, ReportInsight } from './report.ts';

/** The counts of a report. */
export interface ReportCounts {
  readonly start: Date;
  readonly days: number;
  /** By day, of the period and of the one before it. */
  readonly perDay: ReadonlyMap<string, { readonly count: number; readonly users: number }>;
  readonly topics: readonly TopicCounts[];
  readonly insights: readonly ReportInsight[];
  /** `null`: of one user. */
  readonly leastUsers: number | null;
}

const dayMs = 86_400_000;
const mostTopics = 10;

/**
 * The numbers of a report. Those of the organisation are rounded down to multiples of the least number of users, and a day or a
 * topic of fewer users counts nothing.
 */
export function reportData({ start, days, perDay, topics, insights, leastUsers }: ReportCounts): ReportData {
  const shown = (count: number, users: number) => {
    if (leastUsers === null) return count;
    return users < leastUsers ? 0 : Math.floor(count / leastUsers) * leastUsers;
  };
  const dayOf = (offset: number) => {
    const date = new Date(start.getTime() + offset * dayMs).toISOString().slice(0, 10);
    const { count = 0, users = 0 } = perDay.get(date) ?? {};
    return { date, count: shown(count, users) };
  };
  const current = Array.from({ length: days }, (_, at) => dayOf(at));
  const previous = Array.from({ length: days }, (_, at) => dayOf(at - days));
  const questions = sum(current);
  const previousQuestions = sum(previous);
  return {
    questions,
    previous_questions: previousQuestions,
    difference: questions - previousQuestions,
    least_users: leastUsers,
    topics: topics
      .map(({ id, title, asked, users }) => ({
        ...{ id, title, count: shown(asked[0] ?? 0, users[0] ?? 0), previous: shown(asked[1] ?? 0, users[1] ?? 0) },
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1))
      .slice(0, mostTopics)
      .map((one, at) => ({ ...one, rank: at + 1, difference: one.count - one.previous })),
    days: current,
    insights,
  };
}

function sum(days: readonly { readonly count: number }[]): number {
  return days.reduce((total, { count }) => total + count, 0);
}
