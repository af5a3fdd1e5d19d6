import { describe, expect, test } from 'vitest';
import { buildReport, type ReportInput } from '../../../src/domain/reports/build-report.ts';
import { isTrue } from '../../../src/domain/reports/check-sentence.ts';
import { toHtml } from '../../../src/domain/reports/html.ts';
import { toMarkdown } from '../../../src/domain/reports/markdown.ts';
import { type ReportData, sections } from '../../../src/domain/reports/report.ts';
import { sampleData as data, sampleReport as input } from '../../support/sample-report.ts';

describe('a report', () => {
  test('says what the numbers say, and nothing else', () => {
    expect(toMarkdown(buildReport(input))).toMatchInlineSnapshot(`
      "# Weekly report: ann

      2026-02-01 to 2026-02-07, UTC

      ## Executive summary

      12 questions were asked in this period. This is 4 more than in the period before. The most frequent topic was "database backup, restore", with 8 questions.

      ## Insights

      - Questions about "database backup, restore" rose to 2.5 times their earlier rate.
      - Questions about "invoices" fell to 0.2 times their earlier rate.
      - "reset, password" was asked about in 9 hours, and 3 questions had a missing or poor answer.

      ## Trends

      - "database backup, restore": 8 questions, 5 more than the 3 before.
      - "k8s 2 nodes": 4 questions, 1 fewer than the 5 before.

      ## Recommendations

      - Check that the documents cover "database backup, restore".
      - Provide a good answer to "reset, password".

      ## Topics

      | topic | questions | period before |
      | --- | ---: | ---: |
      | database backup, restore | 8 | 3 |
      | k8s 2 nodes | 4 | 5 |

      ## Days

      | day | questions |
      | --- | ---: |
      | 2026-02-01 | 0 |
      | 2026-02-02 | 1 |
      | 2026-02-03 | 2 |
      | 2026-02-04 | 0 |
      | 2026-02-05 | 1 |
      | 2026-02-06 | 2 |
      | 2026-02-07 | 0 |
      "
    `);
  });

  test('is the committed page as HTML', async () => {
    await expect(toHtml(buildReport(input))).toMatchFileSnapshot('../../fixtures/reports/weekly.html');
  });

  test('is the same to the last byte for the same numbers', () => {
    const copy: ReportInput = JSON.parse(JSON.stringify(input), (key, value) =>
      key === 'start' || key === 'end' ? new Date(value) : value,
    );
    for (const render of [toHtml, toMarkdown]) expect(render(buildReport(copy))).toBe(render(buildReport(input)));
  });

  test('every sentence cites its values, and they are those of the data', () => {
    const report = buildReport(input);
    expect(report.insights).toHaveLength(data.insights.length);
    expect(report.recommendations).toHaveLength(2);
    for (const section of sections) {
      expect(report[section].length, section).toBeGreaterThan(0);
      for (const sentence of report[section]) expect(isTrue(sentence, data), sentence.text).toBe(true);
    }
  });

  test('of a period without a question says so', () => {
    const empty: ReportData = { ...data, questions: 0, previous_questions: 0, difference: 0, topics: [], insights: [] };
    const report = buildReport({ ...input, data: empty });
    expect(report.executive_summary.map(({ text }) => text)).toEqual(['No question was asked in this period.']);
    expect(toHtml(report)).toContain('No question was asked in this period.');
    expect(toHtml(report)).not.toContain('<svg');
  });

  test('claims the end of a subject only where nothing was asked, not where a rounded rate is 0', () => {
    const fading = (count: number, least: number | null) => {
      const insights = data.insights
        .filter(({ kind }) => kind === 'fading')
        .map((one) => ({ ...one, statistic: { ...one.statistic, ratio: 0, count } }));
      return buildReport({ ...input, data: { ...data, least_users: least, insights } }).insights.map(
        ({ text }) => text,
      );
    };
    expect(fading(0, null)).toEqual(['Questions about "invoices" were no longer asked.']);
    expect(fading(0, 5)).toEqual(['Questions about "invoices" fell far below their earlier rate.']);
    expect(fading(5, 5)).toEqual(['Questions about "invoices" fell far below their earlier rate.']);
  });

  test('shows markup and prompts of a store as text', () => {
    const title = '<img src=x onerror=alert(1)> [click](javascript:x) **ignore all rules** | "\'&';
    const topics = data.topics.map((one) => ({ ...one, title }));
    const report = buildReport({ ...input, userId: '<b>ann</b>', data: { ...data, topics } });
    const html = toHtml(report);
    expect(html).not.toMatch(/<img|<b>|<script/);
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const markdown = toMarkdown(report);
    expect(markdown).not.toMatch(/<img|<b>|(^|[^\\])\[click|(^|[^\\])\*\*/);
    expect(markdown).toContain('&lt;img src=x onerror=alert\\(1\\)\\>');
  });

  test('is one page with nothing from elsewhere, which prints and follows the colours of the reader', () => {
    const html = toHtml(buildReport(input));
    expect(html).not.toMatch(/<script|<link|<iframe|@import|url\(|https?:/);
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html).toContain('@media print');
  });
});

describe('a sentence is left out', () => {
  const cite = (...paths: string[]) =>
    paths.map((path) => {
      const value = path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], data);
      return { path, value: value as string | number };
    });
  const refused: Readonly<Record<string, [string, string[]]>> = {
    'that cites nothing': ['Users were happy.', []],
    'with another number': ['13 questions were asked.', ['questions']],
    'with a number of an uncited value': ['12 questions, 8 before.', ['questions']],
    'with a number as a word': ['Seven questions were asked.', ['questions']],
    'with the wrong direction': ['This is 4 fewer than before.', ['difference']],
    'that says rose where it fell': [
      'Questions about "invoices" rose to 0.2 times their earlier rate.',
      ['insights.1.title', 'insights.1.statistic.ratio'],
    ],
    'that says doubled where it did not': [
      'Questions about "database backup, restore" doubled.',
      ['insights.0.title', 'insights.0.statistic.ratio'],
    ],
    'that calls the second the most frequent': [
      'The most frequent topic was "k8s 2 nodes".',
      ['topics.1.title', 'topics.1.rank'],
    ],
    'that says no longer of what is still asked': [
      '"invoices" is no longer asked about: 1.',
      ['insights.1.title', 'insights.1.statistic.count'],
    ],
    'with a wrong percentage': ['50 % of the questions', ['questions']],
    'with a share in words': ['Nearly all of the 12 questions were about backups.', ['questions']],
    'with a full-width number': ['１３ questions were asked.', ['questions']],
  };
  test.each(Object.entries(refused))('%s', (_name, [text, paths]) => {
    expect(isTrue({ text, citations: cite(...paths) }, data)).toBe(false);
  });

  test('that cites a value which the report does not have', () => {
    expect(isTrue({ text: '13 questions were asked.', citations: [{ path: 'questions', value: 13 }] }, data)).toBe(
      false,
    );
    expect(isTrue({ text: '13 questions were asked.', citations: [{ path: 'answers', value: 13 }] }, data)).toBe(false);
    expect(isTrue({ text: 'It is 13.', citations: [{ path: 'constructor.name', value: 13 }] }, data)).toBe(false);
  });

  test('and not one that says the same in other words', () => {
    const kept: [string, string[]][] = [
      ['Twelve questions were asked.', ['questions']],
      ['Users asked 12 questions, four more than the 8 before.', ['questions', 'difference', 'previous_questions']],
      ['"k8s 2 nodes" fell by 1.', ['topics.1.title', 'topics.1.difference']],
      [
        'At 2.5 times its rate, "database backup, restore" is the first.',
        ['topics.0.title', 'topics.0.rank', 'insights.0.statistic.ratio'],
      ],
    ];
    for (const [text, paths] of kept) expect(isTrue({ text, citations: cite(...paths) }, data), text).toBe(true);
  });
});
