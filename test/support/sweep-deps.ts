import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import type { SweepDeps } from '../../src/activities/sweep/deps.ts';
import { Meter } from '../../src/activities/sweep/meter.ts';
import type { RunContext } from '../../src/activities/sweep/types.ts';
import type { JobSettings } from '../../src/config/config.ts';
import type { Db } from '../../src/database/schema.ts';
import { takeLease } from '../../src/state/locks/leases.ts';
import { newRun } from '../stores/contract/collection.ts';

const timings = { heartbeatTimeoutMs: 1000, sliceMs: 60_000, outageMs: 1000 };

/** For activities of a sweep that a test calls itself, without a worker. */
export function sweepDeps(
  db: Db,
  settings: (job: string) => JobSettings,
  sweepables: SweepDeps['sweepables'],
): SweepDeps {
  return {
    ...{ db, client: new Client({ connection: Connection.lazy() }), installation: 'test', webhook: null },
    ...{ log: pino({ level: 'silent' }), logStoreTexts: false, statementTimeoutMs: 60_000, searchAttributes: false },
    ...{ timings, meter: new Meter(async () => {}), stopping: new AbortController().signal },
    ...{ settings, configuration: () => ({}), sweepables, queueOf: () => null },
  };
}

/** A run that has begun and holds a lease of its own. */
export async function sweepRun(db: Db, settings: JobSettings, kind: 'sweep' | 'undo'): Promise<RunContext> {
  const { no, run_id, workflow_id, namespace } = await newRun(db, kind);
  const lease = await takeLease(db, run_id, { runId: run_id, workflowId: workflow_id, namespace });
  return {
    ...{ runId: run_id, workflowId: workflow_id, namespace, installation: 'test', job: settings.job.id, kind },
    ...{ runNo: no, lease, parameters: {}, retry: settings.retry, ledger: true },
    ...{ concurrency: 1, timings, searchAttributes: false, configuration: {} },
  };
}
