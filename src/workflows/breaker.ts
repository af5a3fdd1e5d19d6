import type { RunContext } from '../activities/sweep/types.ts';
import { probing } from './policies.ts';

/** While a store is down all packs wait here for one probe, so that an outage costs a pause and not a retry a pack. */
export class Breaker {
  readonly #run: RunContext;
  #probe: Promise<void> | null = null;

  constructor(run: RunContext) {
    this.#run = run;
  }

  async closed(): Promise<void> {
    this.#probe ??= probing(this.#run)
      .probe(this.#run.job)
      .finally(() => {
        this.#probe = null;
      });
    await this.#probe;
  }
}
