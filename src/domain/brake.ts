/** How much one run may remove before a person must approve. */
export interface BrakeLimits {
  /** Share of the collection, 0–1. */
  readonly max_share: number;
  /** Share of one partition, 0–1. */
  readonly max_partition_share: number;
  /** Share removed within seven rolling days by all jobs together, this run included, 0–1. */
  readonly max_weekly_share: number;
  /** Below this many rows no share counts. */
  readonly floor_rows: number;
}

/** Load of one collection, as the brake judges it. */
export interface CollectionLoad {
  readonly collection: string;
  /** Rows that the share is of. */
  readonly rows: number;
  /** Whether those are all rows of the table, also those that are not part of the collection. */
  readonly ofTable?: boolean;
  readonly due: number;
  /** Removed by any job within the last seven days, and not restored. */
  readonly removedInSevenDays: number;
}

export type PartitionLoad = Pick<CollectionLoad, 'rows' | 'due'>;

/** Words for what a run would do to rows, in the sentences of the brake. */
export interface BrakeWords {
  /** `280 of 400 rows would go`. */
  readonly would: string;
  /** `one partition would lose more than`. */
  readonly partitionWould: string;
  /** `2501 rows would be removed within seven days`. */
  readonly inSevenDays: string;
}

export const removalWords: BrakeWords = {
  would: 'would go',
  partitionWould: 'would lose',
  inSevenDays: 'would be removed within seven days',
};
export const changeWords: BrakeWords = {
  would: 'would change',
  partitionWould: 'would change',
  inSevenDays: 'would be changed within seven days',
};

/** Share of a collection that the run would remove or change. */
export function collectionExcess(
  load: CollectionLoad,
  limits: BrakeLimits,
  words: BrakeWords = removalWords,
): string[] {
  const excess: string[] = [];
  const share = ratio(load.due, load.rows);
  if (load.due >= limits.floor_rows && share > limits.max_share) {
    excess.push(
      `${load.collection}: ${load.due} of ${load.rows} rows${load.ofTable ? ' of the table' : ''} ` +
        `(${percent(share)}) ${words.would}; ` +
        `max_share allows ${percent(limits.max_share)}`,
    );
  }
  const removed = load.removedInSevenDays + load.due;
  const weekly = ratio(removed, load.rows + load.removedInSevenDays);
  if (load.due > 0 && removed >= limits.floor_rows && weekly > limits.max_weekly_share) {
    excess.push(
      `${load.collection}: ${removed} rows (${percent(weekly)}) ${words.inSevenDays}; ` +
        `max_weekly_share allows ${percent(limits.max_weekly_share)}`,
    );
  }
  return excess;
}

/** Whether one partition would lose more than its share. */
export function partitionExceeds(load: PartitionLoad, limits: BrakeLimits): boolean {
  return load.due >= limits.floor_rows && ratio(load.due, load.rows) > limits.max_partition_share;
}

/** One sentence for however many partitions exceed, so that a thousand of them do not make a thousand lines. */
export function partitionExcess(
  collection: string,
  count: number,
  limits: BrakeLimits,
  words: BrakeWords = removalWords,
): string[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 partition' : `${count} partitions`;
  return [
    `${collection}: ${what} ${words.partitionWould} more than max_partition_share allows (${percent(limits.max_partition_share)})`,
  ];
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function percent(share: number): string {
  return `${Math.round(share * 1000) / 10} %`;
}
