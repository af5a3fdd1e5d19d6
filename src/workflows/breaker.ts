import type { Plan, RunContext } from '../activities/sweep/types.ts';
import { probing } from './policies.ts';

/** While a store is down all packs wait here for one probe, so that an outage costs a pause and not a retry a pack. */
export class Breaker {
  readonly #run: RunContext;
  readonly #plan: Plan;
  #probe: Promise<void> | null = null;

  constructor(run: RunContext, plan: Plan) {
    this.#run = run;
    this.#plan = plan;
  }

  async closed(): Promise<void> {
    this.#probe ??= probing(this.#run)
      .probe(this.#run.job, Object.keys(this.#plan.fingerprints))
      .finally(() => {
        this.#probe = null;
      });
    await this.#probe;
  }
}
