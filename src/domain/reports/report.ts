import type { InsightKind, InsightScope, InsightStatistic } from '../insights/insight.ts';

export const reportTypes = ['daily', 'weekly', 'monthly'] as const;
export type ReportType = (typeof reportTypes)[number];

/** A value of the report's data that a sentence rests on, by its path: `questions`, `topics.0.count`. */
export interface Citation {
  readonly path: string;
  readonly value: string | number | null;
}

export interface Sentence {
  readonly text: string;
  readonly citations: readonly Citation[];
}

export interface ReportTopic {
  readonly id: string;
  readonly title: string;
  /** 1 for the most frequent. */
  readonly rank: number;
  readonly count: number;
  readonly previous: number;
  /** `count` less `previous`. */
  readonly difference: number;
}

export interface ReportInsight {
  readonly id: string;
  readonly kind: InsightKind;
  readonly subject_type: 'topic' | 'term' | 'question';
  readonly title: string;
  readonly statistic: InsightStatistic;
  /** Ids of questions; none in a report of the organisation. */
  readonly query_ids: readonly string[];
}

/** All numbers of a report. Those of the organisation are rounded down to multiples of `least_users`. */
export interface ReportData {
  readonly questions: number;
  readonly previous_questions: number;
  readonly difference: number;
  /** `null`: the report is of one user. */
  readonly least_users: number | null;
  readonly topics: readonly ReportTopic[];
  readonly days: readonly { readonly date: string; readonly count: number }[];
  readonly insights: readonly ReportInsight[];
}

export interface Report {
  readonly report_type: ReportType;
  readonly scope: InsightScope;
  /** `null`: of the organisation. */
  readonly user_id: string | null;
  readonly collection: string;
  readonly period: { readonly start: string; readonly end: string; readonly days: number };
  readonly executive_summary: readonly Sentence[];
  readonly insights: readonly Sentence[];
  readonly trends: readonly Sentence[];
  readonly recommendations: readonly Sentence[];
  readonly data: ReportData;
  /** `model`: a language model changed the wording. */
  readonly method: 'rules' | 'model';
  /** Sentences on what was left out. */
  readonly notes: readonly string[];
}

export type ReportSection = 'executive_summary' | 'insights' | 'trends' | 'recommendations';

export const sectionTitles: Readonly<Record<ReportSection, string>> = {
  executive_summary: 'Executive summary',
  insights: 'Insights',
  trends: 'Trends',
  recommendations: 'Recommendations',
};

export const sections: readonly ReportSection[] = ['executive_summary', 'insights', 'trends', 'recommendations'];
