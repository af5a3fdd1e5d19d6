import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { watchedMetrics } from '../../src/api/watched-metrics.ts';

test('metrics of jobs that may have stopped silently', async () => {
  const registry = new Registry();
  const set = watchedMetrics(registry);
  const now = new Date('2026-05-01T12:00:00Z');
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => /^coppice/.test(line));
  const note = { job: 'ttl-cleanup', taken: 3, passed_over_before: 0, skipped_starts: 2 };
  const schedules = {
    a: { ...note, paused_since: '2026-05-01T11:00:00.000Z' },
    b: { ...note, paused_since: null },
  };
  set({ schedules, paused_runs: 1, unjudged: [{ job: 'ttl-cleanup', collection: 'documents', share: 0.25 }] }, now);
  expect(await lines()).toEqual([
    'coppice_schedule_paused_seconds{schedule="a",job="ttl-cleanup"} 3600',
    'coppice_schedule_paused_seconds{schedule="b",job="ttl-cleanup"} 0',
    'coppice_schedule_skipped_starts{schedule="a",job="ttl-cleanup"} 2',
    'coppice_schedule_skipped_starts{schedule="b",job="ttl-cleanup"} 2',
    'coppice_paused_runs 1',
    'coppice_unjudged_share{job="ttl-cleanup",collection="documents"} 0.25',
  ]);
  // A value that could not be read is absent, and an object that does not exist any more is left out.
  set({ schedules: {}, paused_runs: null, unjudged: [] }, now);
  expect(await lines()).toEqual([]);
});
