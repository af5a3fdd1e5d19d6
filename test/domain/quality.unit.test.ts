import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type QualityInput, quality } from '../../src/domain/quality.ts';

const paragraph = (topic: string, at: number) =>
  `Part ${at} explains how ${topic} is set up, what each of the ${at + 2} settings does, and how to find out why it fails.`;
const article = (topic: string) =>
  [`# ${topic}`, ...Array.from({ length: 16 }, (_, at) => paragraph(topic, at))].join('\n\n');
const score = (text: string, more: Partial<QualityInput> = {}) =>
  quality({ title: 'Title', text, linkShare: 0, ...more });

it('an article is good, in any script', () => {
  expect(score(article('the worker'))).toBeGreaterThan(0.9);
  const chinese = Array.from(
    { length: 16 },
    (_, at) => `第${at}部分说明如何设置工作进程，每个设置的作用，以及如何找出失败的原因。`,
  );
  expect(score(`# 指南\n\n${chinese.join('\n\n')}`)).toBeGreaterThan(0.9);
  const russian = Array.from(
    { length: 16 },
    (_, at) => `Часть ${at} объясняет, как настроить процесс и что делает каждая настройка.`,
  );
  expect(score(`# Руководство\n\n${russian.join('\n\n')}`)).toBeGreaterThan(0.9);
});

it('code with words around it is good too', () => {
  const code = Array.from({ length: 20 }, (_, at) => `const value${at} = read(settings.part${at}, { limit: ${at} });`);
  expect(score(`# Usage\n\n${paragraph('it', 1)}\n\n\`\`\`ts\n${code.join('\n')}\n\`\`\``)).toBeGreaterThan(0.7);
});

it.each([
  ['nothing', ''],
  ['white space', ' \n\n\t'],
  ['signs', '--- *** ===\n'.repeat(50)],
])('%s is worth nothing, or next to it', (_, text) => {
  expect(score(text)).toBeLessThan(0.1);
});

it('text that is short, all links, repeated or rubbish is below the default of `minimum_quality_score`', () => {
  const minimum = 0.3;
  expect(score('Please log in to continue.')).toBeLessThan(minimum);
  expect(score('404 page not found', { title: 'Not found' })).toBeLessThan(minimum);
  expect(score(article('links'), { linkShare: 0.95 })).toBeLessThan(minimum);
  expect(score('\u0001\u0002%&/(§$ '.repeat(500), { title: null })).toBeLessThan(minimum);
});

it('each property counts in its direction', () => {
  const good = score(article('x'));
  expect(score(article('x'), { title: null })).toBeLessThan(good);
  expect(score(article('x').replace(/^#.*\n/, ''))).toBeLessThan(good);
  expect(score(article('x'), { linkShare: 0.5 })).toBeLessThan(good);
  expect(score(`# x\n\n${'The same line again.\n\n'.repeat(60)}`)).toBeLessThan(good);
  expect(score(article('x').slice(0, 300))).toBeLessThan(good);
});

it('is a number from 0 to 1 for whatever comes, and always the same', () => {
  const input = fc.record({
    title: fc.option(fc.string()),
    text: fc.string({ unit: 'binary', maxLength: 2_000 }),
    linkShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(input, (one) => {
      const value = quality(one);
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(1);
      expect(quality(one)).toBe(value);
    }),
  );
});
