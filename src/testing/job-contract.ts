import { deepStrictEqual, ok } from 'node:assert/strict';
import { type Bench, type BenchOptions, createBench } from './bench.ts';

export interface ContractOptions extends BenchOptions {
  /** Writes rows of which some are due, in two partitions at least. */
  seed(bench: Bench): Promise<unknown>;
}

/** One promise that every job keeps. `run` rejects where this one does not. */
export interface ContractCheck {
  readonly name: string;
  run(): Promise<void>;
}

type Work = (bench: Bench) => Promise<void>;

/**
 * The promises that a job on rows has to keep, on a real database, for any test framework:
 *
 *     for (const { name, run } of jobContract(options)) test(name, run);
 */
export function jobContract(options: ContractOptions): readonly ContractCheck[] {
  const job = options.plugin.jobs.find((one) => one.job.id === options.job)?.job;
  if (job === undefined) throw new Error(`plugin ${options.plugin.name} has no job '${options.job}'`);
  const undo = job.target === 'rows' && job.undo;
  return Object.entries(checks)
    .filter(([, { needsUndo }]) => undo || !needsUndo)
    .map(([name, { work }]) => ({ name, run: () => onBench(options, work) }));
}

async function onBench(options: ContractOptions, work: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await createBench(options);
  try {
    await options.seed(bench);
    await work(bench);
  } finally {
    await bench.close();
  }
}

const checks: Readonly<Record<string, { readonly needsUndo: boolean; readonly work: Work }>> = {
  'a preview changes nothing': {
    needsUndo: false,
    work: async (bench) => {
      const before = await bench.rows();
      await dueNow(bench);
      deepStrictEqual(await bench.rows(), before);
    },
  },
  'a run handles what was due, and a second run finds nothing': {
    needsUndo: false,
    work: async (bench) => {
      await dueNow(bench);
      const before = await bench.rows();
      await bench.run();
      ok(differ(await bench.rows(), before), 'the run changed no row, although some were due');
      deepStrictEqual(await bench.due(), new Map());
      const after = await bench.rows();
      await bench.run();
      deepStrictEqual(await bench.rows(), after);
    },
  },
  'a run on one partition leaves the others as they are': {
    needsUndo: false,
    work: async (bench) => {
      const due = await dueNow(bench);
      const [first = '', ...others] = due.keys();
      ok(others.length > 0, 'the seed has rows that are due in one partition only: two are needed');
      await bench.run([first]);
      due.delete(first);
      deepStrictEqual(await bench.due(), due);
    },
  },
  'an undo restores every row exactly': {
    needsUndo: true,
    work: async (bench) => {
      const before = await bench.rows();
      await bench.undo(await bench.run());
      deepStrictEqual(await bench.rows(), before);
    },
  },
  'an undo a second time changes nothing': {
    needsUndo: true,
    work: async (bench) => {
      const before = await bench.rows();
      const run = await bench.run();
      await bench.undo(run);
      await bench.undo(run);
      deepStrictEqual(await bench.rows(), before);
    },
  },
  'restored rows are on hold: the next run leaves them': {
    needsUndo: true,
    work: async (bench) => {
      const due = await dueNow(bench);
      await bench.undo(await bench.run());
      deepStrictEqual(await bench.due(), new Map());
      deepStrictEqual(await bench.due({ respectHolds: false }), due);
    },
  },
};

/** The seed has to have something due, or a check would hold for nothing. */
async function dueNow(bench: Bench): Promise<Map<string, number>> {
  const due = new Map(await bench.due());
  ok(due.size > 0, 'the seed has no row that is due');
  return due;
}

function differ(a: readonly unknown[], b: readonly unknown[]): boolean {
  return JSON.stringify(a) !== JSON.stringify(b);
}
