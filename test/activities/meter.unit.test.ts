import { expect, test } from 'vitest';
import { Meter } from '../../src/activities/sweep/meter.ts';
import type { WorkerUsage } from '../../src/domain/run.ts';

const spentMs = 40;
const heldBytes = 64 * 2 ** 20;

function meter() {
  const kept: (WorkerUsage & { readonly runId: string })[] = [];
  return { kept, meter: new Meter(async (runId, usage) => void kept.push({ runId, ...usage })) };
}

/** Work that takes so much CPU, however busy the machine is. */
function spend(): void {
  const before = process.cpuUsage();
  for (let microseconds = 0; microseconds < spentMs * 1000; ) {
    const { user, system } = process.cpuUsage(before);
    microseconds = user + system;
  }
}

test('memory and CPU of the process while it works', async () => {
  const { meter: one, kept } = meter();
  const before = process.memoryUsage.rss();
  const held = await one.during({ runId: 'a' }, async () => {
    spend();
    return Buffer.alloc(heldBytes, 1);
  });
  expect(held).toHaveLength(heldBytes);
  expect(kept).toMatchObject([{ runId: 'a' }]);
  const [{ peak_memory_bytes = 0, cpu_ms = 0, worked_ms = 0 } = {}] = kept;
  expect(peak_memory_bytes).toBeGreaterThan(before + heldBytes / 2);
  expect(cpu_ms).toBeGreaterThanOrEqual(spentMs);
  expect(worked_ms).toBeGreaterThan(0);
});

test('activities that overlap are counted once, when the last of them ends; others of the same run apart', async () => {
  const { meter: one, kept } = meter();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const both = [
    one.during({ runId: 'a' }, () => first.promise),
    one.during({ runId: 'a' }, () => second.promise),
    one.during({ runId: 'b' }, async () => spend()),
  ];
  await both[2];
  expect(kept.map(({ runId }) => runId)).toEqual(['b']);
  first.resolve();
  await both[0];
  expect(kept).toHaveLength(1);
  second.resolve();
  await Promise.all(both);
  expect(kept.map(({ runId }) => runId)).toEqual(['b', 'a']);
  // They shared a process: each is shown what both took.
  for (const { cpu_ms } of kept) expect(cpu_ms).toBeGreaterThanOrEqual(spentMs);
  await one.during({ runId: 'a' }, async () => {});
  expect(kept.map(({ runId }) => runId)).toEqual(['b', 'a', 'a']);
});

test('work that fails is measured too, and fails as it did', async () => {
  const { meter: one, kept } = meter();
  const failing = one.during({ runId: 'a' }, () => Promise.reject(new Error('of the work')));
  await expect(failing).rejects.toThrow('of the work');
  expect(kept).toHaveLength(1);
});
