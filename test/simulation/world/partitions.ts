import type { PartitionScenario } from './scenario.ts';

/** A partition of the run, as the store has it. */
export interface Partition extends PartitionScenario {
  readonly no: number;
  state: 'open' | 'done' | 'dead';
  handled: number;
  /** An activity that was lost left it in the middle of its work. */
  working: boolean;
  crashes: number;
  failures: number;
}

export function partitionsOf(scenarios: readonly PartitionScenario[]): Partition[] {
  return scenarios.map((one, at) => {
    return { ...one, no: at + 1, state: 'open', handled: 0, working: false, crashes: 0, failures: 0 };
  });
}
