import { randomUUID } from 'node:crypto';
import type { Db } from '../../src/database/schema.ts';
import type { RunIdentity } from '../../src/domain/run-identity.ts';
import { planPartitions } from '../../src/state/runs/run-partitions.ts';
import { beginRun, type NewRun, type Run } from '../../src/state/runs/runs.ts';

export function identity(name = 'run'): RunIdentity {
  return { runId: `${name}-${randomUUID()}`, workflowId: `workflow-of-${name}`, namespace: 'default' };
}

/** A run that has begun, with one partition `a` of collection `documents` as its number 1. */
export async function begunRun(db: Db, over: Partial<NewRun> = {}): Promise<Run> {
  const given = {
    job: 'ttl-cleanup',
    kind: 'sweep' as const,
    parameters: {},
    requestedBy: null,
    undoes: null,
    ledger: true,
  };
  const run = await beginRun(db, { ...identity(), ...given, ...over });
  const partition = { no: 1, collection: 'documents', partition: 'a', rows: 10, due: 5 };
  await db.transaction().execute((tx) => planPartitions(tx, run.no, [partition]));
  return run;
}
