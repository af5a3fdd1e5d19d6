import type { ReportInput } from '../../src/domain/reports/build-report.ts';
import type { ReportData } from '../../src/domain/reports/report.ts';

const statistic = { test: 'poisson', count: 9, exposure: 30, previous_count: 8, previous_exposure: 200 } as const;

/** A week with a topic that emerges, one that fades, and a question without a good answer. */
export const sampleData: ReportData = {
  questions: 12,
  previous_questions: 8,
  difference: 4,
  least_users: null,
  topics: [
    { id: 't1', title: 'database backup, restore', rank: 1, count: 8, previous: 3, difference: 5 },
    { id: 't2', title: 'k8s 2 nodes', rank: 2, count: 4, previous: 5, difference: -1 },
  ],
  days: ['01', '02', '03', '04', '05', '06', '07'].map((day, at) => ({ date: `2026-02-${day}`, count: at % 3 })),
  insights: [
    {
      ...{ id: 'i1', kind: 'emerging', subject_type: 'topic', title: 'database backup, restore' },
      statistic: { ...statistic, ratio: 2.5, q_value: 0.01 },
      query_ids: ['q1'],
    },
    {
      ...{ id: 'i2', kind: 'fading', subject_type: 'topic', title: 'invoices' },
      statistic: { ...statistic, count: 1, ratio: 0.2, q_value: 0.03 },
      query_ids: [],
    },
    {
      ...{ id: 'i3', kind: 'unanswered', subject_type: 'question', title: 'reset, password' },
      statistic: { ...statistic, ratio: null, q_value: null, low_answers: 3 },
      query_ids: [],
    },
  ],
};

export const sampleReport: ReportInput = {
  ...{ reportType: 'weekly', scope: 'user', userId: 'ann', collection: 'queries', data: sampleData },
  ...{ start: new Date('2026-02-01T00:00:00Z'), end: new Date('2026-02-08T00:00:00Z') },
};
