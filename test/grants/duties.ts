import { sql } from 'kysely';
import type { Parts } from '../../src/assemble.ts';
import { tableRef } from '../../src/database/identifiers.ts';
import { idText } from '../../src/database/row-ids.ts';
import { boundedTransaction } from '../../src/database/transaction.ts';
import { collectors } from '../../src/domain/collectors.ts';
import { whyNotRewritable, whyNotSwept } from '../../src/domain/needs.ts';
import { documentRefresh } from '../../src/jobs/document-refresh.ts';
import { preview } from '../../src/operations/runs/preview.ts';
import { listRuns, showRun } from '../../src/operations/runs/runs.ts';
import { doctor } from '../../src/operations/setup/doctor.ts';
import type { Duty } from '../../src/operations/setup/grants/needs.ts';
import { migrateAll, prepareState } from '../../src/prepare.ts';
import { claimInstallation, recordPrefix } from '../../src/state/installation/installation-claim.ts';
import { noteWorker } from '../../src/state/installation/workers.ts';
import { liftHolds } from '../../src/state/ledger/holds.ts';
import { dropItems } from '../../src/state/ledger/items.ts';
import { releaseLease, takeLease } from '../../src/state/locks/leases.ts';
import { takePartition } from '../../src/state/locks/partition-locks.ts';
import { dropDeadLetter, listDeadLetters, putDeadLetter } from '../../src/state/runs/dead-letters.ts';
import { endRun } from '../../src/state/runs/runs.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { textOf } from '../../src/stores/postgres/fields.ts';
import { bindRun, newRun, removeAll, survey, terms, undo } from '../stores/contract/collection.ts';

/**
 * All that a role is there for, with the operations themselves. Rejects at the first thing that it may not. `between` is
 * what somebody else does between survey and removal.
 */
export const dutyOf: Readonly<Record<Duty, (parts: Parts, between: () => Promise<unknown>) => Promise<void>>> = {
  owner: async (parts) => {
    await migrateAll(parts);
  },
  worker: async (parts, between) => {
    await prepareState(parts);
    for (const { store } of parts.collections) await sweepAndUndo(parts, store, between);
    for (const { store } of parts.collections) await refreshOne(parts, store);
    for (const store of parts.graphs) await collectAndUndo(parts, store);
    await state(parts);
  },
  reader: async (parts) => {
    for (const job of ['ttl-cleanup', 'document-refresh', 'group-maintenance']) {
      const { error } = await preview(parts, job, {});
      if (error !== null) throw new Error(error.message);
    }
    const report = await doctor(contextOf(parts), { drift: true, as: 'reader' });
    for (const { problems } of report.collections) if (problems.length > 0) throw new Error(problems.join());
    const unread = report.collections.flatMap(({ fields }) =>
      fields.filter(({ field, sample }) => sampled.has(field) && sample === null),
    );
    // The report passes over privileges that a sample cannot show.
    if (unread.length > 0) throw new Error(`permission denied for ${unread.map((one) => one.reads).join()}`);
    const runs = await listRuns(contextOf(parts), { job: null, status: null, since: null, limit: 10 });
    if (runs[0]?.run_id) await showRun(contextOf(parts), runs[0].run_id);
  },
};

const sampled = new Set(['workspace', 'expires_at', 'fetched_at', 'filter']);

export function contextOf(parts: Parts) {
  const client = () => Promise.reject(new Error('Temporal is not asked'));
  return { parts, namespace: 'default', requestedBy: 'test', client };
}

async function sweepAndUndo(
  { db }: Parts,
  store: Parts['collections'][number]['store'],
  between: () => Promise<unknown>,
): Promise<void> {
  const table = await store.open(db);
  const due = (await survey(db, table, terms)).filter(({ partition, due }) => partition !== null && due > 0);
  const run = await bindRun(db, table, terms);
  await between();
  for (const { partition } of due) {
    const name = partition ?? '';
    const { documents } = await removeAll(db, table, run, name);
    const { restored } = await undo(db, { store }, run, name);
    // A document may be several rows.
    if (documents === 0 || restored.length < documents) throw new Error(`${documents} rows, ${restored.length} back`);
  }
  await dropItems(db, run.runNo);
}

/** Writes one document anew, in every field that is mapped. */
async function refreshOne({ db }: Parts, store: Parts['collections'][number]['store']): Promise<void> {
  const { mapping } = store;
  if ((whyNotSwept(mapping, documentRefresh.needs) ?? whyNotRewritable(mapping)) !== null) return;
  const { refresh } = await store.open(db);
  const { rows } = await sql<{ id: string; version: string; partition: string }>`
    select ${idText('d', mapping)} as id, d.xmin::text as version, ${textOf('d', mapping.partition)} as partition
    from ${tableRef(mapping.table)} d where ${textOf('d', mapping.partition)} <> '' limit 1`.execute(db);
  const [document] = rows;
  if (document === undefined) return;
  const page = { title: 'title', text: 'text', hash: 'hash', quality: 0.5, chunks: [] };
  const { id, version, partition } = document;
  await refresh.forgetStrangers(db);
  await db.transaction().execute((tx) => refresh.write(tx, partition, { id, version, lifetimeDays: 1, page }));
}

/** The work of jobs on graphs on one group. */
async function collectAndUndo({ db }: Parts, store: GraphStore): Promise<void> {
  const { mapping } = store;
  const items = store.items.graph;
  if (items.at !== 'database' || mapping.place.in !== 'postgres') throw new Error('this graph is elsewhere');
  const group = 'g';
  await sql`insert into ${tableRef(mapping.place.entities.table)} (group_id, id, created_at) values (${group}, 'e', '2020-01-01')`.execute(
    db,
  );
  const rule = { cutoff: new Date(), graceDays: 0, collectors };
  for await (const page of store.census.tallies()) expectSome(page);
  for await (const page of store.census.stale([group], rule)) expectSome(page);
  const entity = { group, kind: 'entity', id: 'e' } as const;
  const gone = await boundedTransaction(db, (tx) => items.remove(tx, rule, [entity]));
  expectSome(gone);
  await boundedTransaction(db, (tx) => items.restore(tx, group, gone));
  await store.loading.deprecate(group, ['nobody'], rule.cutoff);
  const { run_id: runId, workflow_id: workflowId } = await newRun(db);
  const name = { collection: mapping.name, partition: group };
  const run = { runId, workflowId, namespace: 'default' };
  const lock = await boundedTransaction(db, (tx) => takePartition(tx, name, run, null));
  if (!lock.taken) throw new Error('the group is free');
  const fence = { group, epoch: lock.epoch };
  const version = lock.epoch;
  await store.compute.write([{ fence, version, entities: [{ entity: 'e', community: 0, centrality: 1 }] }]);
  await store.compute.publish([{ fence, results: { version, communities: 1, hash: '', computedAt: rule.cutoff } }]);
  await boundedTransaction(db, (tx) => items.remove(tx, rule, [entity]));
  await endRun(db, runId, { status: 'success' });
}

function expectSome(found: readonly unknown[]): void {
  if (found.length === 0) throw new Error('there is nothing where something was written');
}

async function state({ db }: Parts): Promise<void> {
  await noteWorker(db, { identity: 'worker', schedulePrefix: '', configuration: 'c', release: '1' });
  await claimInstallation(db, { name: 'named', schedulePrefix: '' });
  await recordPrefix(db, '');
  const { run_id: runId, workflow_id: workflowId } = await newRun(db);
  const run = { runId, workflowId, namespace: 'default' };
  const name = { collection: 'articles', partition: 'a' };
  await takeLease(db, 'ttl-cleanup', run);
  await boundedTransaction(db, (tx) => takePartition(tx, name, run, null));
  const error = { name: 'Error', message: 'none', hint: null };
  const letter = { ...name, job: 'ttl-cleanup', runId, attempts: 1, error, parameters: {} };
  await db.transaction().execute((tx) => putDeadLetter(tx, letter));
  for (const { id } of await listDeadLetters(db, null)) await dropDeadLetter(db, id);
  await liftHolds(db, { collection: 'articles', partition: null, rowId: null, runId: null });
  await endRun(db, runId, { status: 'success' });
  await releaseLease(db, 'ttl-cleanup', runId);
}
