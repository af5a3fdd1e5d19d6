import { sql } from 'kysely';
import { graphStrategyOf } from '../../src/activities/graph/strategies.ts';
import type { GraphTools } from '../../src/activities/graph/tools.ts';
import { graphSweepable } from '../../src/activities/graph-sweepable.ts';
import { createGuard } from '../../src/activities/sweep/fence.ts';
import { createFences } from '../../src/activities/sweep/fences.ts';
import type { OpenSweepable, SurveySource, SweepTerms } from '../../src/activities/sweep/sweepable.ts';
import { createGraphComputer, type GraphComputer } from '../../src/compute/graph-computer.ts';
import { defaultPostgresGraph } from '../../src/config/graph-defaults.ts';
import { defaultMergeFields } from '../../src/config/merge-fields.ts';
import type { Db } from '../../src/database/schema.ts';
import { addTotals, type Totals } from '../../src/domain/run.ts';
import { graphRecompute } from '../../src/jobs/graph-recompute.ts';
import type { GraphJobId } from '../../src/jobs/index.ts';
import { createDuplicateFinder } from '../../src/similarity/duplicate-finder.ts';
import { takeLease } from '../../src/state/locks/leases.ts';
import { releasePartition, takePartitions } from '../../src/state/locks/partition-locks.ts';
import { beginPartitions, planPartitions, type RunPartition } from '../../src/state/runs/run-partitions.ts';
import { beginRun } from '../../src/state/runs/runs.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';
import { createPostgresGraph } from '../../src/stores/postgres/graph/store.ts';
import { identity } from '../state/runs-of.ts';

export async function tablesGraph(db: Db, name: string): Promise<GraphStore> {
  const mapping = {
    name,
    mapped: false,
    emptyGroup: null,
    accept: [],
    place: defaultPostgresGraph(name),
    merging: defaultMergeFields,
  };
  const store = createPostgresGraph(db, mapping);
  await store.ensure();
  return store;
}

export function graphTools(computer: GraphComputer = createGraphComputer({ threads: 1 })): GraphTools {
  const defaults = Object.entries(graphRecompute.parameters).map(([name, { default: value }]) => [name, value]);
  return {
    computer,
    finder: createDuplicateFinder({ threads: 1 }),
    ...{ model: null, modelName: '' },
    turn: (work) => work(),
    settings: () => Object.fromEntries(defaults),
  };
}

export interface GraphSweep {
  /** Facts that a preview would show. */
  readonly facts: SurveySource['facts'];
  readonly notes: SurveySource['notes'];
  /** Partitions that the survey has planned, by number. */
  readonly rows: readonly RunPartition[];
  /** Each group by itself, batch by batch, after what a predecessor left is finished. */
  apart(size: number): Promise<void>;
  /** All of them at once. */
  together(): Promise<void>;
  /** Of all groups, as counted so far. */
  totals(): Promise<Totals>;
  /** An undo of all of it; returns what it counted. */
  undo(): Promise<Totals>;
  /** A successor takes a group over. */
  takeOver(group: string): Promise<void>;
}

/** A run of `group-maintenance` as far as its survey: what comes then is for the test to do. */
export async function surveyed(
  db: Db,
  store: GraphStore,
  tools: GraphTools,
  terms: SweepTerms,
  job: GraphJobId = 'group-maintenance',
): Promise<GraphSweep> {
  const graph = store.mapping.name;
  const asked = { kind: 'sweep' as const, parameters: {}, requestedBy: null, undoes: null, ledger: true };
  const { no: runNo, ...run } = await beginRun(db, { ...identity(), ...asked, job: 'group-maintenance' });
  const who = { runId: run.run_id, workflowId: run.workflow_id, namespace: run.namespace };
  const { generation } = await takeLease(db, who.runId, who);
  const lease = { name: who.runId, generation };
  const signal = new AbortController().signal;
  const open: OpenSweepable = await graphSweepable(store, graphStrategyOf(job), tools).open(db);
  const source = await open.observe(db, terms, runNo, signal);
  const rows = await db.transaction().execute(async (tx) => {
    const planned = [];
    for await (const page of source.count(tx))
      planned.push(...page.filter((one) => one.due > 0 || one.besides === true));
    const partitions = planned.map(({ partition, rows, due }, at) => {
      return { no: at + 1, collection: graph, partition: partition ?? '', rows, due };
    });
    await planPartitions(tx, runNo, partitions);
    await source.collect(tx, runNo);
    return partitions;
  });
  const take = (names: readonly { no: number; collection: string; partition: string }[]) =>
    db.transaction().execute(async (tx) => {
      const held = await takePartitions(tx, names, who, null);
      const nos = held.map(({ no }) => no);
      return { held, begun: new Map((await beginPartitions(tx, runNo, nos)).map((row) => [row.no, row])) };
    });
  const fenced = { db, run: who, lease, runNo, onCommit: () => {}, settles: 'group-maintenance' };
  const work = { db, terms, keep: true, signal };
  return {
    facts: source.facts,
    notes: source.notes,
    rows: [...(await take(rows)).begun.values()].sort((a, b) => a.no - b.no),
    apart: async (size) => {
      for (const row of rows) {
        const { held, begun } = await take([row]);
        const [{ epoch } = { epoch: 0 }] = held;
        const checkpoint = begun.get(row.no);
        if (checkpoint === undefined) continue;
        const guard = createGuard({ ...fenced, partition: row, epoch, record: { runNo, no: row.no }, checkpoint });
        const one = { ...work, partition: row.partition, ledger: { runNo, partNo: row.no } };
        await open.work.recover({ ...one, guard: guard.upTo(size) }, false);
        while ((await open.work.applyBatch({ ...one, guard: guard.upTo(size) }, size)) === size);
      }
    },
    together: async () => {
      const { held, begun } = await take(rows);
      const fences = createFences({ ...fenced, held, checkpoints: begun });
      await open.work.together?.handle({
        ...{ ...work, runNo },
        partitions: held.map((one) => ({ ...one, after: begun.get(one.no)?.after ?? null })),
        guard: {
          check: fences.check,
          commit: (step) => fences.commit(async (tx) => ({ steps: await step(tx), last: false })),
          finish: (step) => fences.commit(async (tx) => ({ steps: await step(tx), last: true })),
        },
      });
    },
    totals: async () => {
      const counted = await sql<{ totals: Totals }>`select totals from coppice.run_partitions
        where run_no = ${runNo}`.execute(db);
      return counted.rows.reduce((sum: Totals, { totals }) => addTotals(sum, totals), {});
    },
    undo: async () => {
      let totals: Totals = {};
      for (const row of rows) {
        const { held, begun } = await take([{ ...row }]);
        const checkpoint = begun.get(row.no) ?? {
          after: null,
          totals: {},
          removed: 0,
          recorded: 0,
          refused: [],
          findings: [],
        };
        const fresh = { ...checkpoint, after: null, totals: {} };
        const [{ epoch } = { epoch: 0 }] = held;
        const guard = createGuard({
          ...fenced,
          partition: row,
          epoch,
          record: { runNo, no: row.no },
          checkpoint: fresh,
        });
        const one = {
          ...work,
          partition: row.partition,
          ledger: { runNo, partNo: row.no },
          undo: { runNo: -1, runId: 'undo' },
        };
        while ((await open.undo?.restoreBatch({ ...one, guard: guard.upTo(10) }, 10)) === 10);
        totals = addTotals(totals, guard.totals);
        await db.transaction().execute((tx) => releasePartition(tx, row, who.runId, epoch));
      }
      return totals;
    },
    takeOver: async (group) => {
      await take(rows.filter(({ partition }) => partition === group));
    },
  };
}

/** All that a graph is and that Coppice has noted of it, without what differs from run to run. */
export async function allOf(db: Db, graph: string): Promise<Record<string, unknown[]>> {
  const own = ['documents', 'entities', 'mentions', 'relations', 'vectors', 'communities'];
  const questions = {
    ...Object.fromEntries(
      own.map((part) => [
        part,
        sql`select to_jsonb(t) - 'version' as row from knowledge.${sql.ref(`${graph}_${part}`)} t`,
      ]),
    ),
    versions: sql`select to_jsonb(t) - 'version' as row from knowledge.${sql.ref(`${graph}_versions`)} t`,
    results: sql`select jsonb_build_array(group_id, count(*)) as row
      from knowledge.${sql.ref(`${graph}_results`)} group by group_id, version`,
    ledger: sql`select to_jsonb(l) - '{run_no,graph}'::text[] as row from coppice.ledger_graph l where graph = ${graph}`,
    registry: sql`select to_jsonb(g) - '{key,graph,added_at,stale_since,collected_at,recomputed_at}'::text[]
        || jsonb_build_object('stale', stale_since is not null, 'collected', collected_at is not null,
          'recomputed', recomputed_at is not null) as row
      from coppice.graph_groups g where graph = ${graph}`,
    partitions: sql`select jsonb_build_array(run_no - min(run_no) over (), no, partition, state, totals, removed, after,
        refused) as row
      from coppice.run_partitions where collection = ${graph}`,
    locks: sql`select jsonb_build_array(partition, run_id is null) as row from coppice.partition_locks
      where collection = ${graph}`,
  };
  const all: Record<string, unknown[]> = {};
  for (const [name, question] of Object.entries(questions)) {
    const { rows } = await sql<{ row: unknown }>`select q.row from (${question}) q order by q.row::text`.execute(db);
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}
