/**
 * The entry point `coppice/testing`, for tests of plugins.
 *
 * @module
 */
export { type Bench, type BenchOptions, createBench } from '../testing/bench.ts';
export { createFakeClock, type FakeClock } from '../testing/fake-clock.ts';
export { type ContractCheck, type ContractOptions, jobContract } from '../testing/job-contract.ts';
export type { DoneRun } from '../testing/run-on.ts';
