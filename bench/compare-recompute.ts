import { join } from 'node:path';
import type pg from 'pg';
import { recomputeGroup } from '../src/activities/graph/recompute.ts';
import type { GraphTools } from '../src/activities/graph/tools.ts';
import { resolveParameters } from '../src/activities/sweep/parameters.ts';
import type { PartitionWork } from '../src/activities/sweep/sweepable.ts';
import { assemble } from '../src/assemble.ts';
import { createGraphComputer } from '../src/compute/graph-computer.ts';
import { loadConfig } from '../src/config/load.ts';
import { catalogue } from '../src/jobs/index.ts';
import type { GraphStore } from '../src/stores/ports/graph-store.ts';
import { throughCoppice } from './coppice.ts';
import { communityGraph } from './graph-kernels.ts';
import { graphs, inGraphDatabase } from './group-database.ts';
import type { BenchOptions } from './options.ts';
import { megabytes, type Section, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { median } from './statistics.ts';

const edgesANode = 10;
const group = 'large';

/** One group in tables of PostgreSQL: by a worker through Temporal, and step by step in this process. */
export async function compareRecompute(servers: Servers, { rows: edges, rounds }: BenchOptions): Promise<Section> {
  const nodes = edges / edgesANode;
  return inGraphDatabase(servers, async (url, client) => {
    log(`a group of ${nodes} entities and ${edges} relations is made`);
    await fill(client, nodes, communityGraph(nodes, edges));
    const unscheduled = Object.fromEntries(catalogue.map((job) => [job.id, { schedules: [] }]));
    const settings = { jobs: unscheduled, graphs };
    const run = await throughCoppice(servers, url, { job: 'graph-recompute', counts: 'recomputed_groups', settings });
    if (run.documents !== 1) throw new Error(`${run.documents} groups were recomputed, not 1`);
    const { rows: held } = await client.query<{ epoch: string }>(
      `update coppice.partition_locks set run_id = 'bench' where collection = 'graph' and partition = $1 returning epoch`,
      [group],
    );
    const steps: Steps[] = [];
    for (let round = 1; round <= rounds; round++) {
      steps.push(await stepByStep(servers, url, Number(held[0]?.epoch)));
      log(`round ${round}: ${JSON.stringify(steps.at(-1))}`);
    }
    const seconds = (of: (step: Steps) => number) => (median(steps.map(of)) / 1000).toFixed(2);
    return {
      versions: servers.versions,
      header: ['entities', 'relations', 'read, s', 'compute, s', 'write back, s', 'all, s'],
      rows: [
        [
          ...[whole(nodes), whole(edges), seconds((one) => one.read), seconds((one) => one.compute)],
          ...[seconds((one) => one.write), seconds((one) => one.read + one.compute + one.write)],
        ],
      ],
      facts: [
        ['a run through Temporal, survey and end included', `${(run.ms / 1000).toFixed(1)} s`],
        ["worker's peak memory", megabytes(run.workerBytes)],
      ],
    };
  });
}

async function fill(client: pg.Client, nodes: number, ends: Int32Array): Promise<void> {
  await client.query(`insert into knowledge.graph_documents (group_id, id) values ('${group}', 'new')`);
  await client.query(
    `insert into knowledge.graph_entities (group_id, id) select '${group}', 'e' || n from generate_series(0, $1::int) n`,
    [nodes - 1],
  );
  await client.query(
    `insert into knowledge.graph_relations (group_id, id, source, target, document_id)
      select '${group}', 'r' || n, 'e' || s, 'e' || t, 'new'
      from unnest($1::int[], $2::int[]) with ordinality r (s, t, n)`,
    [ends.filter((_, at) => at % 2 === 0), ends.filter((_, at) => at % 2 === 1)].map((one) => `{${one.join(',')}}`),
  );
  await client.query('vacuum analyze');
}

/** Milliseconds. */
interface Steps {
  readonly read: number;
  readonly compute: number;
  readonly write: number;
}

async function stepByStep({ folder }: Servers, url: string, epoch: number): Promise<Steps> {
  const config = loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: join(folder, 'prepare.yaml') });
  const parts = await assemble(config, url, 'coppice bench');
  const computer = createGraphComputer({ threads: 1 });
  try {
    const [store] = parts.graphs;
    if (store === undefined) throw new Error('there is no graph');
    let [compute, write] = [0, 0];
    const timed = async <T>(work: () => Promise<T>, took: (ms: number) => void): Promise<T> => {
      const startedAt = performance.now();
      return work().finally(() => took(performance.now() - startedAt));
    };
    const writes = (ms: number) => {
      write += ms;
    };
    const observed: GraphStore = {
      ...store,
      writeResults: (...given) => timed(() => store.writeResults(...given), writes),
      publish: (...given) => timed(() => store.publish(...given), writes),
    };
    const tools: GraphTools = {
      computer: {
        ...computer,
        run: (task, options) =>
          timed(
            () => computer.run(task, options),
            (ms) => {
              compute += ms;
            },
          ),
      },
      turn: (work) => work(),
      settings: () => resolveParameters(parts.settings('graph-recompute'), {}),
    };
    const work: PartitionWork = {
      ...{ db: parts.db, partition: group, ledger: { runNo: 1, partNo: 1 }, keep: false },
      terms: { cutoff: new Date(), parameters: { recompute: 'always' }, respectHolds: true },
      guard: { epoch, after: null, check: async () => {}, commit: () => Promise.reject(new Error('nothing to note')) },
      signal: new AbortController().signal,
    };
    const startedAt = performance.now();
    await recomputeGroup(observed, tools, work);
    return { read: performance.now() - startedAt - compute - write, compute, write };
  } finally {
    await computer.close();
    await parts.close();
  }
}
