import type pg from 'pg';
import { recomputeGroups } from '../src/activities/graph/recompute.ts';
import type { GraphTools } from '../src/activities/graph/tools.ts';
import { resolveParameters } from '../src/activities/sweep/parameters.ts';
import type { TogetherWork } from '../src/activities/sweep/sweepable.ts';
import { assemble } from '../src/assemble.ts';
import { createGraphComputer } from '../src/compute/graph-computer.ts';
import { loadConfig } from '../src/config/load.ts';
import type { Parameters } from '../src/jobs/job.ts';
import { createDuplicateFinder } from '../src/similarity/duplicate-finder.ts';
import { partitionKey } from '../src/state/locks/key.ts';
import type { GraphCompute } from '../src/stores/ports/graph-compute.ts';

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

/** Opens the connections and the thread with which a worker recomputes a group of the configured graph. */
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
      const observed: GraphCompute = {
        ...store.compute,
        algorithms: null,
        write: (...given) => timed('write', () => store.compute.write(...given)),
        publish: (...given) => timed('write', () => store.compute.publish(...given)),
      };
      const tools: GraphTools = {
        computer: {
          ...computer,
          runAll: async (tasks, options) => {
            const results = await timed('compute', () => computer.runAll(tasks, options));
            for (const result of results) if (result.changed) modularity = result.modularity;
            return results;
          },
        },
        finder: createDuplicateFinder({ threads: 1 }),
        ...{ model: null, modelName: '' },
        turn: (work) => work(),
        settings: () => resolveParameters(parts.settings('graph-recompute'), {}),
      };
      const refused = () => Promise.reject(new Error('nothing to note'));
      const partition = { no: 1, partition: largeGroup, epoch, after: null };
      const work: TogetherWork = {
        ...{ db: parts.db, runNo: 1, partitions: [partition], keep: false },
        terms: { cutoff: new Date(), parameters: { ...parameters, recompute: 'always' }, respectHolds: true },
        guard: { check: async () => {}, commit: refused, finish: refused },
        signal: new AbortController().signal,
      };
      const startedAt = performance.now();
      await recomputeGroups(observed, tools, work, work.partitions);
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
