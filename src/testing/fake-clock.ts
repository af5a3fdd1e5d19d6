const dayMs = 86_400_000;

/** A clock that a test sets: the point in time at which surveys look. Rows keep the dates that the test writes. */
export interface FakeClock {
  now(): Date;
  advanceDays(days: number): void;
  set(to: Date | string): void;
}

export function createFakeClock(start: Date | string): FakeClock {
  let at = instant(start);
  return {
    now: () => new Date(at),
    advanceDays: (days) => {
      at += days * dayMs;
    },
    set: (to) => {
      at = instant(to);
    },
  };
}

function instant(given: Date | string): number {
  const at = new Date(given).getTime();
  if (Number.isNaN(at)) throw new RangeError(`'${String(given)}' is no point in time: write 2026-01-31T00:00:00Z`);
  return at;
}
