const dayMs = 86_400_000;
const day = /^\d{4}-\d\d-\d\d$/;
const instant = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?(\[[^\]]+\])?$/;
/** Numbers from here on count milliseconds, and from the other one on seconds; smaller ones are no time of this century. */
const [leastMs, leastSeconds] = [1e11, 1e9];

/**
 * The instant, in milliseconds since 1970, that a stored value means: text in ISO 8601, without a zone in UTC, or a number. A
 * day lasts until its end in UTC. `null`: no date is written; `unreadable`: something is, and it is no date.
 */
export function instantOf(value: unknown): number | 'unreadable' | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'number' || typeof value === 'bigint') return ofNumber(Number(value));
  if (typeof value !== 'string') return 'unreadable';
  if (/^\d+(\.\d+)?$/.test(value)) return ofNumber(Number(value));
  if (day.test(value)) return orUnreadable(Date.parse(value) + dayMs);
  if (!instant.test(value)) return 'unreadable';
  const text = value.replace(/\[[^\]]+\]$/, '').replace(' ', 'T');
  const hasZone = /(Z|[+-]\d\d(:?\d\d)?)$/.test(text.slice(10));
  // JavaScript wants the minutes of an offset.
  return orUnreadable(Date.parse(hasZone ? text.replace(/[+-]\d\d$/, '$&:00') : `${text}Z`));
}

function ofNumber(value: number): number | 'unreadable' {
  if (value >= leastMs) return value;
  return value >= leastSeconds ? value * 1000 : 'unreadable';
}

function orUnreadable(value: number): number | 'unreadable' {
  return Number.isNaN(value) ? 'unreadable' : value;
}
