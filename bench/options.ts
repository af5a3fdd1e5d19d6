export interface BenchOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly partitions: number;
  /** Put the tables into docs/benchmarks.md. */
  readonly write: boolean;
}

export interface Bench {
  readonly name: string;
  readonly title: string;
  readonly usage: string;
  run(options: BenchOptions): Promise<void>;
}
