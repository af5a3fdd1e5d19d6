import type { Db } from '../database/schema.ts';
import type { Parameters } from '../jobs/job.ts';
import type { ModelBudget } from '../language/model/port.ts';
import { type Amount, returnToBudget, takeOfBudget } from '../state/proposals/budgets.ts';

/** Calls that are taken from the database at once: one row for a run would keep its questions waiting for each other. */
const callsAtOnce = 32;

/**
 * The budget of a run, counted in the database over all its activities and their retries. An activity takes it in parts and
 * gives the rest back; one that is lost costs the run what it had taken.
 */
export class RunBudget implements ModelBudget {
  readonly #db: Db;
  /** `null` in a preview, which has a budget of its own. */
  readonly #runNo: number | null;
  readonly #limits: Amount;
  #left: Amount = { calls: 0, tokens: 0 };
  #taking: Promise<unknown> = Promise.resolve();

  constructor(db: Db, runNo: number | null, limits: Amount) {
    this.#db = db;
    this.#runNo = runNo;
    this.#limits = limits;
    if (runNo === null) this.#left = limits;
  }

  /** The budget that the parameters of a run set (`max_calls`, `max_tokens`). */
  static of(db: Db, runNo: number | null, { max_calls: calls, max_tokens: tokens }: Parameters): RunBudget {
    return new RunBudget(db, runNo, { calls: Number(calls ?? 0), tokens: Number(tokens ?? 0) });
  }

  take(tokens: number): Promise<boolean> {
    // One after the other: two that find too little would both take a part.
    const taken = this.#taking.then(() => this.#take(tokens));
    this.#taking = taken.catch(() => {});
    return taken;
  }

  async #take(tokens: number): Promise<boolean> {
    if (!this.#has(tokens) && this.#runNo !== null) {
      const wanted = { calls: callsAtOnce, tokens: callsAtOnce * tokens };
      const { calls, tokens: more } = await takeOfBudget(this.#db, this.#runNo, wanted, this.#limits);
      this.#left = { calls: this.#left.calls + calls, tokens: this.#left.tokens + more };
    }
    if (!this.#has(tokens)) return false;
    this.#left = { calls: this.#left.calls - 1, tokens: this.#left.tokens - tokens };
    return true;
  }

  #has(tokens: number): boolean {
    return this.#left.calls >= 1 && this.#left.tokens >= tokens;
  }

  async settle(taken: number, used: number): Promise<void> {
    this.#left = { ...this.#left, tokens: this.#left.tokens + taken - used };
  }

  /** Gives back what is left. */
  async close(): Promise<void> {
    const { calls, tokens } = this.#left;
    // A job that asked nothing has taken nothing, and writes nothing.
    if (this.#runNo !== null && (calls !== 0 || tokens !== 0)) await returnToBudget(this.#db, this.#runNo, this.#left);
    this.#left = { calls: 0, tokens: 0 };
  }
}

/** The model that the parameters of a run name; `null`: the configured one. */
export function chosenModel({ model }: Parameters): string | null {
  return typeof model === 'string' && model !== '' ? model : null;
}
