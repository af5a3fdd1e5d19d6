import { expect, test } from 'vitest';
import { lateMs, noteOf } from '../../src/activities/health-check/schedule-facts.ts';

const at = (hours: number) => new Date(Date.UTC(2026, 4, 1, hours));
const info = {
  createdAt: at(1),
  lastUpdatedAt: at(2),
  recentActions: [],
  nextActionTimes: [],
  runningActions: [],
  numActionsTaken: 5,
  numActionsSkippedOverlap: 0,
  numActionsMissedCatchupWindow: 0,
};
const seen = (paused: boolean, counts: Partial<typeof info> = {}) => ({
  scheduleId: 's',
  memo: { coppice_job: 'ttl-cleanup' },
  info: { ...info, ...counts },
  state: { paused },
});

test('a schedule lags by how late its last start was, or its next one is by now', () => {
  expect(lateMs(info, at(9))).toBe(0);
  expect(lateMs({ ...info, nextActionTimes: [at(8), at(20)] }, at(9))).toBe(3_600_000);
  const started = { scheduledAt: at(4), takenAt: at(6) };
  expect(lateMs(Object.assign({}, info, { recentActions: [started], nextActionTimes: [at(10)] }), at(9))).toBe(
    7_200_000,
  );
});

test('a schedule that is found paused at the first check counts from its last sign of life', () => {
  expect(noteOf(seen(true), undefined, at(9)).paused_since).toBe(at(2).toISOString());
  const action = { scheduledAt: at(4), takenAt: at(4) };
  const { scheduleId, memo, state } = seen(true);
  const acted = { scheduleId, memo, state, info: { ...info, recentActions: [{ ...action, action: undefined }] } };
  expect(noteOf(Object.assign(acted), undefined, at(9)).paused_since).toBe(at(4).toISOString());
});

test('a pause counts from the check that found it, until the schedule is resumed', () => {
  const running = noteOf(seen(false), undefined, at(9));
  expect(running.paused_since).toBeNull();
  const paused = noteOf(seen(true), running, at(10));
  expect(paused.paused_since).toBe(at(10).toISOString());
  expect(noteOf(seen(true), paused, at(11)).paused_since).toBe(at(10).toISOString());
  expect(noteOf(seen(false), paused, at(12)).paused_since).toBeNull();
});

test('starts that were skipped or missed count from the last one that was taken', () => {
  let note = noteOf(seen(false, { numActionsSkippedOverlap: 40 }), undefined, at(9));
  expect(note.skipped_starts).toBe(0);
  note = noteOf(seen(false, { numActionsSkippedOverlap: 42, numActionsMissedCatchupWindow: 1 }), note, at(10));
  expect(note.skipped_starts).toBe(3);
  note = noteOf(seen(false, { numActionsSkippedOverlap: 43, numActionsMissedCatchupWindow: 1 }), note, at(11));
  expect(note.skipped_starts).toBe(4);
  const taken = { numActionsSkippedOverlap: 43, numActionsMissedCatchupWindow: 1, numActionsTaken: 6 };
  expect(noteOf(seen(false, taken), note, at(12)).skipped_starts).toBe(0);
});
