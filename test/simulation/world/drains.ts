import type { Attempt, Ending } from '../server/activity-run.ts';
import type { Dice } from './dice.ts';
import { completed, failed } from './endings.ts';
import type { Partition } from './partitions.ts';
import { type DrainFault, drainFaults, type SweepScenario } from './scenario.ts';

export interface DrainRange {
  readonly from: number;
  readonly to: number;
  /** The partition has an activity of its own. */
  readonly alone: boolean;
}

interface DrainsSettings {
  readonly scenario: SweepScenario;
  readonly dice: Dice;
  readonly partitions: readonly Partition[];
  readonly elapsedMs: () => number;
  readonly fatal: string[];
}

/** In flight at so many crashes, a partition no longer shares an activity with others. */
const crashesToIsolate = 2;

/** Work on partitions: what the activity `drain` does to a store, and the ways in which it fails. */
export class Drains {
  readonly #settings: DrainsSettings;

  constructor(settings: DrainsSettings) {
    this.#settings = settings;
  }

  attempt(range: DrainRange, leaseHeld: boolean): Attempt {
    const { dice, fatal } = this.#settings;
    const fault = this.#fault(range);
    const share = dice.random();
    const uncancelled = dice.oneOf(['cancelled', 'cancelled', 'completed', 'aborted', 'lost']);
    const end = (cancelled: boolean): Ending => {
      if (!leaseHeld) throw new Error('a partition was worked on without the lease');
      if (this.#isDown()) return this.#cut(range, share, 'store');
      if (cancelled) return uncancelled === 'completed' ? this.#work(range, 1) : this.#cut(range, share, uncancelled);
      if (fault === null) return this.#work(range, 1);
      if (fault === 'fatal') fatal.push('drain');
      if (fault === 'shut_down') return this.#work(range, share);
      return this.#cut(range, share, fault);
    };
    return { afterMs: dice.between(5, dice.oneOf([500, 60_000])), end };
  }

  probe(): Attempt {
    const { dice } = this.#settings;
    const end = () => (this.#isDown() ? failed('ConnectionError', false) : completed(null));
    return { afterMs: dice.between(2, 2_000), end };
  }

  #fault({ alone }: DrainRange): DrainFault | null {
    const { dice, scenario } = this.#settings;
    for (const fault of drainFaults) {
      // A failure of the activity and not of a partition is only a pack's: alone they are the same.
      if (alone && fault === 'pack_failed') continue;
      if (dice.chance(scenario.rates[fault] ?? 0)) return fault;
    }
    return null;
  }

  #isDown(): boolean {
    const { scenario, elapsedMs } = this.#settings;
    return scenario.outages.some(({ fromMs, toMs }) => elapsedMs() >= fromMs && elapsedMs() < toMs);
  }

  /** Some of the work, and then the end that was not foreseen. */
  #cut(range: DrainRange, share: number, fault: DrainFault | 'cancelled'): Ending {
    const { dice } = this.#settings;
    const begins = fault === 'declined' || dice.chance(0.3) ? 0 : share;
    const { commits, at } = this.#handle(range, begins);
    if (fault === 'lost') {
      if (at !== null) at.working = true;
      return { kind: 'lost' };
    }
    if (fault === 'cancelled') return { kind: 'cancelled' };
    const details = [{ commits }];
    if (fault === 'store') return failed('StoreUnavailableError', true, details);
    if (fault === 'declined') return failed('OtherConfigurationError', true, [{ commits: 0 }]);
    if (fault === 'fence') return failed('FenceLostError', true, details);
    if (fault === 'aborted') return failed('AbortError', true, details);
    if (fault === 'fatal') return failed('LeaseLostError', true, details);
    return failed('UnexpectedError', true, details);
  }

  #work(range: DrainRange, share: number): Ending {
    const { commits, result, failure } = this.#handle(range, share);
    if (failure !== null) return failed(failure, commits > 0 || failure !== 'ConnectionError', [{ commits }]);
    return completed({ ...result, commits });
  }

  /** One partition after the other, until the slice ends. `share`: the part of a slice that there is time for. */
  #handle({ from, to, alone }: DrainRange, share: number) {
    const { partitions, scenario, elapsedMs } = this.#settings;
    const [isolate, busy]: [number[], number[]] = [[], []];
    let [left, commits] = [Math.floor(scenario.sliceRows * share), 0];
    const answer = (remaining: boolean, at: Partition | null, failure: string | null = null) => {
      return { result: { remaining, isolate, busy }, commits, at, failure };
    };
    for (const one of partitions) {
      if (one.no < from || one.no > to || one.state !== 'open') continue;
      if (left <= 0) return answer(true, one);
      if (!alone && one.crashes + (one.working ? 1 : 0) >= crashesToIsolate) {
        isolate.push(one.no);
        continue;
      }
      if (one.trait === 'always_busy' || (one.trait === 'busy' && elapsedMs() < one.measure)) {
        busy.push(one.no);
        continue;
      }
      if (one.working) one.crashes += 1;
      one.working = false;
      const able = isFailing(one) ? Math.max(0, one.soundRows - one.handled) : one.rows - one.handled;
      const rows = Math.min(able, left);
      one.handled += rows;
      left -= rows;
      if (rows > 0) commits += 1;
      if (one.handled === one.rows) one.state = 'done';
      else if (rows < able || !isFailing(one)) return answer(true, one);
      else if (alone) {
        if (commits === 0) one.failures += 1;
        return answer(true, one, one.trait === 'refused' ? 'StoreRefusedError' : 'ConnectionError');
      } else isolate.push(one.no);
    }
    return answer(false, null);
  }
}

function isFailing({ trait, failures, measure }: Partition): boolean {
  return trait === 'refused' || trait === 'always_failing' || (trait === 'passing' && failures < measure);
}
