export interface BenchOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly partitions: number;
}

/** As given on the command line. */
export interface GivenOptions extends Omit<BenchOptions, 'rows'> {
  /** Name of the comparison; `null`: all of them. */
  readonly compare: string | null;
  /** `null`: as many as the comparison is made for. */
  readonly rows: number | null;
  /** Put the tables into docs/benchmarks.md. */
  readonly write: boolean;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly usage: string;
  run(given: GivenOptions): Promise<void>;
}
