/** A period, and the periods before that it is compared with. All instants are in UTC. */
export interface Period {
  readonly start: Date;
  /** The first instant after it. */
  readonly end: Date;
  readonly days: number;
  /** Days from one period to the next: whole weeks, so that like weekdays are compared. */
  readonly shiftDays: number;
  /** How many periods before it there are. */
  readonly before: number;
}

const dayMs = 86_400_000;
/** Two months of weeks. */
const periodsBefore = 8;

/** The last whole days before an instant. */
export function periodBefore(instant: Date, days: number): Period {
  const end = new Date(Math.floor(instant.getTime() / dayMs) * dayMs);
  return periodEnding(end, days);
}

export function periodEnding(end: Date, days: number): Period {
  return {
    start: new Date(end.getTime() - days * dayMs),
    end,
    days,
    shiftDays: Math.ceil(days / 7) * 7,
    before: periodsBefore,
  };
}
