import { RetryState } from '@temporalio/common';
import type { Resolution } from '../sdk/protocol.ts';
import type { Attempt } from '../server/activity-run.ts';
import type { Of, Server, Surroundings } from '../server/server.ts';
import type { Dice } from './dice.ts';
import { fieldsOf } from './sweep-world.ts';

export interface SoonScenario {
  readonly debounceMs: number;
  readonly longestMs: number;
  /** When the group changes, in ms of the run. */
  readonly signals: readonly { readonly afterMs: number; readonly name: string }[];
  readonly cancelAfterMs: number | null;
}

const mostRuns = 20;

export function soonScenario(dice: Dice): SoonScenario {
  const span = dice.oneOf([20_000, 600_000, 3_600_000]);
  const debounceMs = dice.whole(1, 60) * 1_000;
  return {
    debounceMs,
    longestMs: debounceMs * dice.whole(1, 10),
    signals: Array.from({ length: dice.oneOf([0, 2, 10, 80]) }, () => {
      return { afterMs: dice.between(0, span), name: 'touched' };
    }),
    cancelAfterMs: dice.chance(0.15) ? dice.between(0, span) : null,
  };
}

/** The child runs of a group that changes, and the rules of the workflow that waits until it is quiet. */
export class SoonRules implements Surroundings {
  readonly findings: string[] = [];
  readonly #scenario: SoonScenario;
  readonly #dice: Dice;
  readonly #elapsedMs: () => number;
  readonly #runs: { readonly id: string; readonly atMs: number }[] = [];
  #waitsSinceMs = 0;
  #open = 0;

  constructor(scenario: SoonScenario, dice: Dice, elapsedMs: () => number) {
    this.#scenario = scenario;
    this.#dice = dice;
    this.#elapsedMs = elapsedMs;
  }

  perform(): Attempt {
    throw new Error('the workflow has no activities');
  }

  child({ id, input }: Of<'child'>): { readonly afterMs: number; readonly resolution: Resolution } {
    const { debounceMs, longestMs, signals } = this.#scenario;
    const now = this.#elapsedMs();
    const lastTouchMs = Math.max(0, ...signals.map(({ afterMs }) => afterMs).filter((at) => at <= now));
    const quietMs = now - Math.max(lastTouchMs, this.#waitsSinceMs);
    if (quietMs < debounceMs - 1 && now - this.#waitsSinceMs < longestMs - 1) {
      this.findings.push(`run ${this.#runs.length + 1} began after only ${Math.round(quietMs)} ms of quiet`);
    }
    if (this.#open > 0) this.findings.push('two runs of a group at once');
    if (this.#runs.some((one) => one.id === id)) this.findings.push('two runs have one id');
    if (fieldsOf(input).partition !== 'group-key') this.findings.push('the run is not the one of the group');
    this.#runs.push({ id, atMs: now });
    this.#open += 1;
    const afterMs = this.#dice.between(100, 120_000);
    return { afterMs, resolution: this.#dice.chance(0.2) ? failure : { kind: 'completed', result: null } };
  }

  childEnded(): void {
    this.#open -= 1;
    this.#waitsSinceMs = this.#elapsedMs();
  }

  closed(): void {
    if (this.#open > 0) this.findings.push('the workflow ended before its run');
  }

  conclude({ closing, cancelRequested, closedAtMs }: Server) {
    const runs = this.#runs.length;
    if (closing?.kind === 'cancelled' && cancelRequested) return;
    if (closing?.kind !== 'completed') return void this.findings.push(`it ended ${closing?.kind}`);
    if (closing.result !== runs) this.findings.push(`the result is ${JSON.stringify(closing.result)}, of ${runs} runs`);
    const heard = this.#scenario.signals.filter(({ afterMs }) => afterMs < closedAtMs).map(({ afterMs }) => afterMs);
    const last = this.#runs.at(-1)?.atMs ?? -1;
    if (runs < mostRuns && heard.some((at) => at > last)) this.findings.push('a change was left without a run');
    if (runs > mostRuns) this.findings.push(`${runs} runs`);
  }
}

const failure: Resolution = {
  kind: 'failed',
  failure: { kind: 'application', type: 'StoreUnavailableError', message: 'down', nonRetryable: true, details: [] },
  retryState: RetryState.NON_RETRYABLE_FAILURE,
};
