import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { expect, it, vi } from 'vitest';
import { simulate } from './simulate.ts';

vi.mock('@temporalio/workflow', () => import('./sdk/api.ts'));

// The output of a test run contains results only.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

const seeds = 52;

/** The SDK takes each history up at its start and has to give the same commands at the same places. */
it(`histories of ${seeds} seeds replay on the real SDK`, async () => {
  const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const histories: { workflowId: string; history: unknown }[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { histories: those } = await simulate(seed);
    for (const [at, history] of those.entries()) {
      histories.push({ workflowId: `seed ${seed}, execution ${at + 1}`, history: JSON.parse(JSON.stringify(history)) });
    }
  }
  // Cancelled activities and a patched step are among them.
  const text = JSON.stringify(histories);
  expect(text).toContain('ACTIVITY_TASK_CANCEL_REQUESTED');
  expect(text).toContain('core_patch');
  const differences: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error !== undefined) differences.push(`${workflowId}: ${error.message}`);
  }
  expect(differences).toEqual([]);
});
