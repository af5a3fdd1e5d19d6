import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';

const folder = new URL('../histories/', import.meta.url);
const histories = readdirSync(folder).filter((name) => name.endsWith('.json'));

function history(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
}

// The output of a test run contains results only.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
});

/** Spans of replayed workflows are dropped. */
const sinks = { spans: { export: { fn: () => {} } } };

const spans = fileURLToPath(new URL('../../src/temporal/workflow-spans.ts', import.meta.url));

async function bundle(path: string): Promise<string> {
  const logger = new DefaultLogger('ERROR');
  const workflowsPath = fileURLToPath(new URL(path, import.meta.url));
  return (await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules: [spans], logger })).code;
}

describe('recorded histories', () => {
  let code: string;
  beforeAll(async () => {
    code = await bundle('../../src/workflows/index.ts');
  });

  it('there is one of each way a run can go', () => {
    const kinds = histories.map((name) => name.replace(/^.*-(\w+)\.json$/, '$1')).sort();
    const sweeps = ['approved', 'held', 'partial', 'preview', 'success', 'undo'];
    const others = [
      'groups',
      'groups_soon',
      'health_check',
      'health_check_at_once',
      'recompute',
      'refresh',
      'refresh_partial',
      'upkeep',
    ];
    expect(kinds).toEqual([...sweeps, ...others].sort());
  });

  it.each(histories)('%s replays', async (name) => {
    await expect(Worker.runReplayHistory({ workflowBundle: { code } }, history(name))).resolves.toBeUndefined();
  });

  it.each(histories)('%s, which was recorded without spans, replays with them', async (name) => {
    const traced = code.replaceAll('coppice-spans-off', 'coppice-spans-on');
    expect(traced).not.toBe(code);
    await expect(
      Worker.runReplayHistory({ workflowBundle: { code: traced }, sinks }, history(name)),
    ).resolves.toBeUndefined();
  });

  it('a deliberately incompatible change is found', async () => {
    const incompatible = await bundle('./incompatible/index.ts');
    const replay = Worker.runReplayHistory({ workflowBundle: { code: incompatible } }, history('0.1.0-success.json'));
    await expect(replay).rejects.toThrow(DeterminismViolationError);
  });
});
