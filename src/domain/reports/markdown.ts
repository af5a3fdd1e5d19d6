import { type Report, sections, sectionTitles } from './report.ts';
import { emptySection, reportTitle } from './words.ts';

/** A report as Markdown. Text of a store appears as text, whatever markup it holds. */
export function toMarkdown(report: Report): string {
  const { data, notes } = report;
  const lines = [`# ${escaped(reportTitle(report))}`, '', `${day(report.period.start)} to ${lastDay(report)}, UTC`, ''];
  for (const section of sections) {
    lines.push(`## ${sectionTitles[section]}`, '');
    const sentences = report[section];
    if (sentences.length === 0) lines.push(emptySection[section], '');
    else if (section === 'executive_summary') lines.push(sentences.map(({ text }) => escaped(text)).join(' '), '');
    else lines.push(...sentences.map(({ text }) => `- ${escaped(text)}`), '');
  }
  if (data.topics.length > 0) {
    lines.push('## Topics', '', '| topic | questions | period before |', '| --- | ---: | ---: |');
    lines.push(...data.topics.map((one) => `| ${escaped(one.title)} | ${one.count} | ${one.previous} |`), '');
  }
  if (data.questions > 0) {
    lines.push('## Days', '', '| day | questions |', '| --- | ---: |');
    lines.push(...data.days.map(({ date, count }) => `| ${date} | ${count} |`), '');
  }
  if (notes.length > 0) lines.push('## Notes', '', ...notes.map((note) => `- ${escaped(note)}`), '');
  return `${lines.join('\n').trimEnd()}\n`;
}

function day(instant: string): string {
  return instant.slice(0, 10);
}

/** The last day of the period; its end is the first instant after it. */
function lastDay({ period }: Report): string {
  return day(new Date(Date.parse(period.end) - 1).toISOString());
}

/** One line, with every character escaped that Markdown or HTML gives a meaning. */
function escaped(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/&/gu, '&amp;')
    .replace(/</gu, '&lt;')
    .replace(/[\\`*_{}[\]()#+!|>~]/gu, '\\$&');
}
