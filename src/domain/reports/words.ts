import type { Report, ReportSection } from './report.ts';

const titles = { daily: 'Daily report', weekly: 'Weekly report', monthly: 'Monthly report' } as const;

export function reportTitle({ report_type: type, scope, user_id: user, collection }: Report): string {
  return `${titles[type]}: ${scope === 'organisation' ? collection : (user ?? '')}`;
}

/** The text of a section without sentences. */
export const emptySection: Readonly<Record<ReportSection, string>> = {
  executive_summary: 'There is nothing to report.',
  insights: 'Nothing in this period differs from what was usual.',
  trends: 'There are no topics in this period.',
  recommendations: 'There is nothing to recommend.',
};
