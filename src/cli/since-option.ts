import { InvalidArgumentError } from 'commander';

const unitsMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const age = /^(?<count>\d{1,6})(?<unit>[mhd])$/;
/** A day, or a time with its zone: without one a time would mean another on another machine. */
const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** The point in time that an age (`24h`) or a time says. */
export function sinceTime(text: string): Date {
  const { count, unit } = age.exec(text)?.groups ?? {};
  const at =
    unit === 'm' || unit === 'h' || unit === 'd'
      ? new Date(Date.now() - Number(count) * unitsMs[unit])
      : new Date(instant.test(text) ? text : Number.NaN);
  if (Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError('must be an age such as 90m, 24h or 7d, or a time such as 2026-01-31T08:00Z.');
  }
  return at;
}
