import { InvalidArgumentError } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { describeRun } from '../../src/cli/describe-run.ts';
import { printable } from '../../src/cli/output.ts';
import { sinceTime } from '../../src/cli/since-option.ts';

test.each([
  ['a line break and a colour', 'a\n\u001b[31mb', 'a\\u000a\\u001b[31mb'],
  ['an override of the direction', 'file\u202egpj.exe', 'file\\u202egpj.exe'],
  ['isolates and marks', '\u2066a\u2069\u200f\u061c', '\\u2066a\\u2069\\u200f\\u061c'],
  ['line and paragraph separators', 'a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['text of any direction, which stays', 'مستندات 文档 🌳', 'مستندات 文档 🌳'],
])('names on a terminal: %s', (_, name, shown) => {
  expect(printable(name)).toBe(shown);
});

describe('the time of --since', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is an age, a day or a time with its zone', () => {
    vi.useFakeTimers({ now: new Date('2026-02-01T00:00:00Z') });
    expect(sinceTime('90m')).toEqual(new Date('2026-01-31T22:30:00Z'));
    expect(sinceTime('7d')).toEqual(new Date('2026-01-25T00:00:00Z'));
    expect(sinceTime('2026-01-31')).toEqual(new Date('2026-01-31T00:00:00Z'));
    expect(sinceTime('2026-01-31T08:00+02:00')).toEqual(new Date('2026-01-31T06:00:00Z'));
  });

  test.each(['', 'yesterday', '7', '7w', '-1d', '2026-02-30T00:00', '2026-13-01', '2026-01-31T08:00'])(
    'is not %j',
    (text) => {
      expect(() => sinceTime(text)).toThrow(InvalidArgumentError);
    },
  );
});

test('a survey of several collections shows the share and the partitions of each', () => {
  const collection = {
    rows: 10,
    due: 2,
    share: 0.2,
    share_of: 'collection',
    share_rows: 10,
    unscoped: 0,
    unreadable: 0,
    partition_count: 1,
  } as const;
  const partition = { rows: 10, due: 2, would_delete: 2, reasons: {}, oldest: null, sample_ids: ['1'] };
  const lines = describeRun({
    ...{ run_id: null, job: 'ttl-cleanup', kind: 'preview', status: 'preview', started_at: null, finished_at: null },
    ...{ duration_ms: null, parameters: {}, totals: {}, partitions: {}, dead_letters: 0, approval: null, undoes: null },
    ...{ holder: null, error: null, failed_collections: [], worker: null },
    survey: {
      ...{ cutoff: '2026-01-01T00:00:00Z', hash: 'x', rows: 20, due: 4, would_delete: 4, share: 0.2, would_hold: [] },
      ...{ unscoped: 3, unreadable: 1, on_hold: 0, partition_count: 2 },
      collections: [
        { collection: 'documents', ...collection, unscoped: 1 },
        {
          collection: 'memories',
          ...collection,
          share: 0.002,
          share_of: 'table',
          share_rows: 1000,
          unscoped: 2,
          unreadable: 1,
        },
      ],
      partitions: [{ collection: 'memories', partition: 'a', ...partition }],
    },
  });
  expect(lines).toContain('  documents: 2 of 10 rows (20.0 %) in 1 partitions');
  expect(lines).toContain('  memories: 2 of 1000 rows of its table (0.2 %) in 1 partitions');
  expect(lines).toContain('  3 rows have no partition and are never touched (documents 1, memories 2)');
  expect(lines).toContain('  1 rows have no id, or a value that cannot be read, and stay (memories 1)');
  expect(lines.find((line) => line.startsWith('memories'))).toMatch(/^memories {4}a /);
});
