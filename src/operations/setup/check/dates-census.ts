import { expiredForDays } from '../../../stores/postgres/hygiene/rows.ts';
import type { CheckFinding } from './findings.ts';
import { instantOf } from './instant-of.ts';
import type { Share } from './shares.ts';

const dayMs = 86_400_000;

/** Counts dates by which something expires. */
export class DatesCensus {
  readonly #now: number;
  readonly #expired = expiredForDays.map(() => 0);
  #unreadable = 0;

  constructor(now: number) {
    this.#now = now;
  }

  add(value: unknown, times = 1): void {
    const at = instantOf(value);
    if (at === 'unreadable') this.#unreadable += times;
    else if (at !== null) {
      for (const [index, days] of expiredForDays.entries()) {
        if (at <= this.#now - days * dayMs) this.#expired[index] = (this.#expired[index] ?? 0) + times;
      }
    }
  }

  /** @param noun for example `objects` */
  findings(share: Share, noun: string, remedy: string | null): CheckFinding[] {
    const [expired = 0] = this.#expired;
    return [
      {
        ...{ kind: 'expired' as const, ...share(expired), bytes: null },
        by_age: expiredForDays.map((days, at) => ({ days, count: share(this.#expired[at] ?? 0).count })),
        what: `${noun} whose expiry date has passed still exist`,
        remedy,
      },
      {
        ...{ kind: 'unreadable_dates' as const, ...share(this.#unreadable), bytes: null },
        what: `${noun} have an expiry date that cannot be read: they never expire`,
        remedy: 'correct the dates in the application',
      },
    ];
  }
}
