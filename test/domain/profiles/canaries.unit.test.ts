import { expect, it } from 'vitest';
import { AnswerRefusedError, checkedAnswer } from '../../../src/domain/profiles/check-answer.ts';
import { alterations, generatedProfile } from './generated.ts';

const profiles = Array.from({ length: 1_000 }, (_, seed) => generatedProfile(seed));

it.each(Object.keys(alterations))('of 1,000 profiles no answer is accepted that alters a value: %s', (kind) => {
  const alter = alterations[kind];
  let tried = 0;
  const accepted: string[] = [];
  for (const [seed, lines] of profiles.entries()) {
    for (const [at, { category, key, value }] of lines.entries()) {
      const altered = alter?.(value, seed) ?? null;
      if (altered === null) continue;
      tried += 1;
      try {
        checkedAnswer(lines, [{ op: 'replace', line: at + 1, category, key, value: altered }]);
        accepted.push(`${value} → ${altered}`);
      } catch (error) {
        expect(error).toBeInstanceOf(AnswerRefusedError);
      }
    }
  }
  expect(tried).toBeGreaterThan(500);
  expect(accepted).toEqual([]);
});

it.each(Object.keys(alterations))('nor one that alters a value as it merges it with another: %s', (kind) => {
  const alter = alterations[kind];
  const accepted: string[] = [];
  for (const [seed, lines] of profiles.slice(0, 200).entries()) {
    for (const [at, line] of lines.entries()) {
      const altered = alter?.(line.value, seed) ?? null;
      if (altered === null) continue;
      const both = [line, { ...line, id: 'second', value: `${line.value} indeed` }];
      const { category, key } = line;
      for (const value of [altered, `${altered} indeed`]) {
        try {
          checkedAnswer(both, [{ op: 'merge', lines: [1, 2], category, key, value }]);
          accepted.push(`${at}: ${value}`);
        } catch (error) {
          expect(error).toBeInstanceOf(AnswerRefusedError);
        }
      }
    }
  }
  expect(accepted).toEqual([]);
});

it('the same values are accepted where nothing is altered', () => {
  for (const lines of profiles) {
    for (const [at, { category, key, value }] of lines.entries()) {
      const [change] = checkedAnswer(lines, [{ op: 'replace', line: at + 1, category, key, value: `  ${value}  ` }]);
      expect(change).toBeUndefined();
      const both = [
        { ...lines[at], id: 'a', category, key, value, updatedAt: null },
        { id: 'b', category, key, value, updatedAt: null },
      ];
      expect(checkedAnswer(both, [{ op: 'merge', lines: [1, 2], category, key, value }])).toHaveLength(1);
    }
  }
});
