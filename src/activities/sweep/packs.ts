import { packLimits, packPartitions } from '../../domain/packs.ts';
import { isSweep } from '../../jobs/facts.ts';
import { fairnessKey } from '../../state/locks/key.ts';
import { partitionWeights } from '../../state/runs/run-partitions.ts';
import type { SweepDeps } from './deps.ts';
import type { PackPage, RunContext } from './types.ts';

/** Partitions read for one page of packs. */
const pageSize = 20_000;
const mostPacks = 500;

/** The next page of packs beyond a partition's number: ranges of numbers, however many names stand behind them. */
export async function nextPacks(deps: SweepDeps, run: RunContext, beyond: number): Promise<PackPage> {
  const weights = await partitionWeights(deps.db, run.runNo, beyond, pageSize);
  const { job } = deps.settings(run.job);
  const { row_cost: cost = 1, partition_cost: own = 0 } = isSweep(job) ? job : {};
  const costs = weights.map(({ no, weight, collection }) => {
    const taskQueue = deps.queueOf(collection);
    return { no, weight: weight * cost + own, ...(taskQueue === null ? {} : { taskQueue }) };
  });
  const total = costs.reduce((sum, one) => sum + one.weight, 0);
  const names = new Map(weights.map(({ no, partition }) => [no, partition]));
  const all = packPartitions(costs, packLimits(total, run.concurrency)).map((pack) => ({
    ...pack,
    weight: (pack.weight - pack.partitions * own) / cost,
    // Small partitions share the key of their job, with a weight for each of them.
    fairnessKey: pack.partitions === 1 ? fairnessKey(run.installation, names.get(pack.from) ?? '') : run.job,
  }));
  const packs = all.slice(0, mostPacks);
  const complete = weights.length < pageSize && all.length === packs.length;
  return { packs, next: complete ? null : (packs.at(-1)?.to ?? null) };
}
