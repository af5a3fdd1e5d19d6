import type { Db } from './database/schema.ts';
import type { ModelCall } from './language/model/port.ts';
import { countUsage, type UsedModel } from './state/proposals/usage.ts';

/** Calls are written together after so long: a statement for each would double the work of a quick model. */
const flushMs = 1_000;

/** Counts calls of the model for the metrics, which every process reads from the database. */
export class ModelUsageCounter {
  readonly #db: Db;
  #used = new Map<string, UsedModel>();
  #timer: NodeJS.Timeout | null = null;

  constructor(db: Db) {
    this.#db = db;
  }

  count({ model, outcome, latencyMs, inputTokens, outputTokens }: ModelCall): void {
    const key = JSON.stringify([model, outcome]);
    const before = this.#used.get(key);
    this.#used.set(key, {
      ...{ model, outcome, calls: (before?.calls ?? 0) + 1 },
      inputTokens: (before?.inputTokens ?? 0) + inputTokens,
      outputTokens: (before?.outputTokens ?? 0) + outputTokens,
      seconds: (before?.seconds ?? 0) + latencyMs / 1_000,
    });
    this.#timer ??= setTimeout(() => void this.flush(), flushMs).unref();
  }

  /** Where the database does not answer, or has no such table yet, these calls are not counted. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const used = [...this.#used.values()];
    this.#used = new Map();
    await countUsage(this.#db, used).catch(() => {});
  }
}
