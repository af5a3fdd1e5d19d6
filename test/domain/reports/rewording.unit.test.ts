import { describe, expect, test } from 'vitest';
import { buildReport } from '../../../src/domain/reports/build-report.ts';
import { sections } from '../../../src/domain/reports/report.ts';
import { isRewording } from '../../../src/domain/reports/rewording.ts';
import { sampleData, sampleReport } from '../../support/sample-report.ts';

const report = buildReport(sampleReport);
const [asked, compared, top] = report.executive_summary;
const [emerging, fading, unanswered] = report.insights;
const [trend, falling] = report.trends;

const says = (sentence: typeof asked, text: string) => {
  if (sentence === undefined) throw new Error('the report has no such sentence');
  return isRewording(sentence, text, sampleData);
};

describe('a rewording', () => {
  test('of every sentence as it is states the same', () => {
    for (const section of sections) {
      for (const sentence of report[section]) expect(says(sentence, sentence.text), sentence.text).toBe(true);
    }
  });

  test.each([
    [asked, 'In this period, 12 questions were raised.'],
    [compared, 'That is 4 more than in the previous period.'],
    [emerging, 'Questions about "database backup, restore" increased to 2.5 times the previous rate.'],
    [fading, 'Questions about "invoices" declined to 0.2 times their prior rate.'],
    [unanswered, '"reset, password" was asked about in 9 hours, and 3 questions had an absent or weak answer.'],
    [trend, 'For "database backup, restore" there were 8 questions, which is 5 more than the 3 before.'],
  ])('in other words of the same meaning is taken', (sentence, text) => {
    expect(says(sentence, text), text).toBe(true);
  });

  test.each([
    ['another number', asked, '13 questions were asked in this period.'],
    ['a number less', trend, '"database backup, restore": 8 questions, more than before.'],
    ['numbers in another order', trend, '"database backup, restore": 5 questions, 8 more than the 3 before.'],
    ['numbers that change their words', trend, '"database backup, restore": 8 questions, 5 before, more than the 3.'],
    ['another direction', emerging, 'Questions about "database backup, restore" fell to 2.5 times their earlier rate.'],
    ['another name', emerging, 'Questions about "invoices" rose to 2.5 times their earlier rate.'],
    ['a shortened name', emerging, 'Questions about "database backup" rose to 2.5 times their earlier rate.'],
    ['no name', fading, 'Questions fell to 0.2 times their earlier rate.'],
    ['a judgement', asked, 'Only 12 questions were asked in this disappointing period.'],
    ['a cause', emerging, 'Questions about "database backup, restore" rose to 2.5 times because of the outage.'],
    ['the opposite', unanswered, '"reset, password" was asked about in 9 hours, and 3 questions had a good answer.'],
    [
      'a negation',
      unanswered,
      '"reset, password" was not asked about in 9 hours, and 3 questions had a missing or poor answer.',
    ],
    ['a negation less', falling, '"k8s 2 nodes": 4 questions, 1 more than the 5 before.'],
    ['a number as a word', compared, 'This is four more than in the period before, twice.'],
    ['a rank', top, 'The second most frequent topic was "database backup, restore", with 8 questions.'],
    ['several lines', asked, '12 questions were asked in this period.\n# More'],
    ['a link', asked, '12 questions were asked in this period: https://example.com'],
    ['nothing', asked, ''],
  ])('with %s is refused', (_, sentence, text) => {
    expect(says(sentence, text), text).toBe(false);
  });

  test('of a name that looks like a statement is compared without it', () => {
    const name = 'no 5 fewer';
    const data = { ...sampleData, topics: sampleData.topics.map((topic) => ({ ...topic, title: name })) };
    const [sentence] = buildReport({ ...sampleReport, data }).trends;
    if (sentence === undefined) throw new Error('the report has no trend');
    expect(isRewording(sentence, `For "${name}" there were 8 questions, 5 more than the 3 before.`, data)).toBe(true);
    expect(isRewording(sentence, 'There were 8 questions, 5 more than the 3 before.', data)).toBe(false);
  });
});
