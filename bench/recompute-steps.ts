import type pg from 'pg';
import { recomputeGroup } from '../src/activities/graph/recompute.ts';
import type { GraphTools } from '../src/activities/graph/tools.ts';
import { resolveParameters } from '../src/activities/sweep/parameters.ts';
import type { PartitionWork } from '../src/activities/sweep/sweepable.ts';
import { assemble } from '../src/assemble.ts';
import { createGraphComputer } from '../src/compute/graph-computer.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Parameters } from '../src/jobs/job.ts';
import { partitionKey } from '../src/state/locks/key.ts';
import type { GraphStore } from '../src/stores/ports/graph-store.ts';

export const largeGroup = 'large';

/** Fills the one large group. `ends`: of relations, two by two. */
export async function fillLargeGroup(client: pg.Client, nodes: number, ends: Int32Array): Promise<void> {
  await client.query(`insert into knowledge.graph_documents (group_id, id) values ('${largeGroup}', 'new')`);
  await client.query(
    `insert into knowledge.graph_entities (group_id, id) select '${largeGroup}', 'e' || n from generate_series(0, $1::int) n`,
    [nodes - 1],
  );
  await client.query(
    `insert into knowledge.graph_relations (group_id, id, source, target, document_id)
      select '${largeGroup}', 'r' || n, 'e' || s, 'e' || t, 'new'
      from unnest($1::int[], $2::int[]) with ordinality r (s, t, n)`,
    [ends.filter((_, at) => at % 2 === 0), ends.filter((_, at) => at % 2 === 1)].map((one) => `{${one.join(',')}}`),
  );
  await client.query('vacuum analyze');
}

/** The group's lock is the benchmark's own from here on. */
export async function holdLargeGroup(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ epoch: string }>(
    `insert into coppice.partition_locks (key, collection, partition, epoch, run_id) values ($1, 'graph', $2, 1, 'bench')
      on conflict (key) do update set run_id = 'bench' returning epoch`,
    [partitionKey('graph', largeGroup), largeGroup],
  );
  return Number(rows[0]?.epoch);
}

/** Milliseconds, and how good the communities are. */
export interface Steps {
  readonly read: number;
  readonly compute: number;
  readonly write: number;
  readonly modularity: number;
}

export interface Recomputer {
  /** One recompute as the activity does it in the worker, with these parameters of `graph-recompute`. */
  run(parameters: Parameters): Promise<Steps>;
  close(): Promise<void>;
}

/** What a worker has when it comes to a group of the configured graph: connections and a thread. */
export async function openRecomputer(url: string, file: string, epoch: number): Promise<Recomputer> {
  const parts = await assemble(loadConfig({ DATABASE_URL: url, COPPICE_CONFIG: file }), url, 'coppice bench');
  const computer = createGraphComputer({ threads: 1 });
  const [store] = parts.graphs;
  if (store === undefined) throw new Error('there is no graph');
  return {
    run: async (parameters) => {
      const took = { compute: 0, write: 0 };
      let modularity = Number.NaN;
      const timed = async <T>(step: keyof typeof took, work: () => Promise<T>): Promise<T> => {
        const startedAt = performance.now();
        return work().finally(() => {
          took[step] += performance.now() - startedAt;
        });
      };
      const observed: GraphStore = {
        ...store,
        algorithms: null,
        writeResults: (...given) => timed('write', () => store.writeResults(...given)),
        publish: (...given) => timed('write', () => store.publish(...given)),
      };
      const tools: GraphTools = {
        computer: {
          ...computer,
          run: async (task, options) => {
            const result = await timed('compute', () => computer.run(task, options));
            if (result.changed) modularity = result.modularity;
            return result;
          },
        },
        turn: (work) => work(),
        settings: () => resolveParameters(parts.settings('graph-recompute'), {}),
      };
      const work: PartitionWork = {
        ...{ db: parts.db, partition: largeGroup, ledger: { runNo: 1, partNo: 1 }, keep: false },
        terms: { cutoff: new Date(), parameters: { ...parameters, recompute: 'always' }, respectHolds: true },
        guard: {
          epoch,
          after: null,
          check: async () => {},
          commit: () => Promise.reject(new Error('nothing to note')),
        },
        signal: new AbortController().signal,
      };
      const startedAt = performance.now();
      await recomputeGroup(observed, tools, work);
      return { read: performance.now() - startedAt - took.compute - took.write, ...took, modularity };
    },
    close: async () => {
      await computer.close();
      await parts.close();
    },
  };
}

export function allSteps({ read, compute, write }: Steps): number {
  return read + compute + write;
}
