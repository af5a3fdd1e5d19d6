/** One partition's share of a run's work, by its number in the survey. No names: packs pass through history. */
export interface PartitionWeight {
  readonly no: number;
  readonly weight: number;
  /** Task queue of its activities; absent: that of the workflow. */
  readonly taskQueue?: string;
}

/** A closed range of partition numbers that one activity handles. */
export interface Pack {
  readonly from: number;
  readonly to: number;
  readonly partitions: number;
  readonly weight: number;
  /** The key under which Temporal serves the pack in turn with others. Absent in packs of earlier releases. */
  readonly fairnessKey?: string;
  /** Task queue of its activities; absent: that of the workflow. */
  readonly taskQueue?: string;
}

export interface PackLimits {
  /** Rows of a pack. A partition at or above it stands alone. */
  readonly maxWeight: number;
  readonly maxPartitions: number;
}

/** Enough packs for every place in the window, twice over, but none so small that its overhead shows. */
const [smallestPack, largestPack] = [5_000, 50_000];
const mostPartitions = 2_000;

export function packLimits(totalWeight: number, concurrency: number): PackLimits {
  const share = Math.ceil(totalWeight / (concurrency * 2));
  return { maxWeight: Math.min(largestPack, Math.max(smallestPack, share)), maxPartitions: mostPartitions };
}

/** Packs small partitions of one task queue together in the order given (rising numbers); a heavy one stands alone. */
export function packPartitions(partitions: readonly PartitionWeight[], limits: PackLimits): Pack[] {
  const packs: Pack[] = [];
  for (const { no, weight, taskQueue } of partitions) {
    const open = packs.at(-1);
    const fits =
      open !== undefined &&
      open.taskQueue === taskQueue &&
      open.partitions < limits.maxPartitions &&
      open.weight + weight <= limits.maxWeight &&
      weight < limits.maxWeight;
    if (fits)
      packs[packs.length - 1] = { ...open, to: no, partitions: open.partitions + 1, weight: open.weight + weight };
    else packs.push({ from: no, to: no, partitions: 1, weight, ...(taskQueue === undefined ? {} : { taskQueue }) });
  }
  return packs;
}
