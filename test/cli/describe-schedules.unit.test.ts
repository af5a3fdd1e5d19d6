import { expect, test } from 'vitest';
import { describeSchedules } from '../../src/cli/describe-schedules.ts';

test('a schedule is listed with its next starts below one another', () => {
  const next_runs = ['2026-12-01T02:00:00.000Z', '2026-12-02T02:00:00.000Z', '2026-12-03T02:00:00.000Z'];
  const counts = { runs: 4, skipped: 1, missed: 0, lag_ms: 0 };
  const one = { schedule_id: 's', job: 'j', paused: true, note: 'until Monday', ...counts };
  const lines = describeSchedules([
    { ...one, next_run: next_runs[0] ?? null, next_runs, last_run: '2026-11-30T02:00:00.000Z' },
    { ...one, schedule_id: 't', next_run: null, next_runs: [], last_run: null },
  ]);
  expect(lines.map((line) => line.split(/ {2,}/)).slice(1)).toEqual([
    ['s', 'paused', '2026-12-01T02:00:00', '2026-11-30T02:00:00', '4', '1', '0', 'until Monday'],
    ['', '2026-12-02T02:00:00'],
    ['', '2026-12-03T02:00:00'],
    ['t', 'paused', '4', '1', '0', 'until Monday'],
  ]);
});
