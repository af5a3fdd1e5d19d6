import type { Dice } from './dice.ts';

/** The way in which a partition is bad. `passing`: its first failures are retried and then it works. */
export type Trait = 'sound' | 'passing' | 'always_failing' | 'refused' | 'busy' | 'always_busy';

export interface PartitionScenario {
  readonly rows: number;
  readonly trait: Trait;
  /** Rows that can be handled before the first failure. */
  readonly soundRows: number;
  /** Failures of a `passing` partition; time until which a `busy` one is in another run's hands, in ms of the run. */
  readonly measure: number;
}

/** How an attempt of a drain may go wrong by itself. */
export const drainFaults = [
  'lost',
  'store',
  'declined',
  'fence',
  'aborted',
  'shut_down',
  'pack_failed',
  'fatal',
] as const;
export type DrainFault = (typeof drainFaults)[number];

export interface SweepScenario {
  readonly kind: 'sweep' | 'undo' | 'preview';
  readonly partitions: readonly PartitionScenario[];
  readonly concurrency: number;
  readonly maxRetries: number;
  readonly packRows: number;
  readonly packPartitions: number;
  readonly packsOfPage: number;
  readonly sliceRows: number;
  /** Share of the drains that go wrong, by the way they do. */
  readonly rates: Readonly<Partial<Record<DrainFault, number>>>;
  /** Share of the attempts of the other activities that fail and are tried again; that fail for good. */
  readonly controlRate: number;
  readonly controlFatalRate: number;
  /** Times at which the store is down, in ms of the run. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly outageMs: number;
  readonly heldByOther: boolean;
  readonly excess: boolean;
  readonly suggestAt: number;
  readonly cancelAfterMs: number | null;
}

const traits: readonly [Trait, ...Trait[]] = ['passing', 'always_failing', 'refused', 'busy', 'busy', 'always_busy'];

export function sweepScenario(dice: Dice): SweepScenario {
  // Some seeds are calm: what goes wrong there has no excuse.
  const calm = dice.chance(0.1);
  const partitions = dice.whole(0, dice.oneOf([3, 12, 40]));
  const badPartitions = calm ? 0 : dice.oneOf([0, 0.05, 0.3]);
  const rates: Partial<Record<DrainFault, number>> = {};
  for (const fault of drainFaults) {
    const rare = fault === 'fatal' || fault === 'pack_failed';
    if (!calm && dice.chance(rare ? 0.08 : 0.3))
      rates[fault] = rare ? 0.03 : dice.oneOf([0.03, 0.03, 0.15, 0.15, 0.4, 0.97]);
  }
  const outageMs = dice.oneOf([120_000, 3_600_000]);
  return {
    kind: dice.oneOf(['sweep', 'sweep', 'sweep', 'sweep', 'sweep', 'undo', 'undo', 'preview']),
    partitions: Array.from({ length: partitions }, () => partition(dice, badPartitions)),
    concurrency: dice.whole(1, 6),
    maxRetries: dice.whole(0, 4),
    packRows: dice.oneOf([50, 200, 1000]),
    packPartitions: dice.oneOf([2, 10]),
    packsOfPage: dice.oneOf([1, 3, 500]),
    sliceRows: dice.oneOf([40, 300, 5_000]),
    rates,
    controlRate: calm ? 0 : dice.oneOf([0, 0.1, 0.4]),
    controlFatalRate: calm ? 0 : dice.oneOf([0, 0, 0, 0, 0.02]),
    outages: calm ? [] : Array.from({ length: dice.oneOf([0, 0, 1, 3]) }, () => outage(dice)),
    outageMs,
    heldByOther: dice.chance(0.03),
    excess: dice.chance(0.05),
    suggestAt: dice.oneOf([30, 60, 150, 4_096]),
    cancelAfterMs: !calm && dice.chance(0.2) ? dice.between(0, dice.oneOf([200, 20_000, 600_000])) : null,
  };
}

function partition(dice: Dice, badShare: number): PartitionScenario {
  const trait = dice.chance(badShare) ? dice.oneOf(['passing', ...traits]) : 'sound';
  const rows = dice.whole(1, dice.oneOf([5, 100, 1_000]));
  return {
    rows,
    trait,
    soundRows: dice.chance(0.5) ? 0 : dice.whole(0, rows - 1),
    measure: trait === 'passing' ? dice.whole(1, 4) : dice.between(0, 1_500_000),
  };
}

function outage(dice: Dice) {
  const fromMs = dice.between(0, 600_000);
  return { fromMs, toMs: fromMs + dice.between(1_000, dice.oneOf([30_000, 600_000])) };
}
