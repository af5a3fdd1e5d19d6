const isoInstant =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** ISO 8601; without a zone it is UTC. A day that there is not, is none. */
export function isoDate(text: string): Date | null {
  const match = isoInstant.exec(text.trim());
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const fraction = Math.ceil(Number(`0.${match[7] ?? '0'}`) * 1000);
  const wall = new Date(0);
  wall.setUTCFullYear(year, month - 1, day);
  wall.setUTCHours(hour, minute, second, 0);
  const exists = wall.getUTCMonth() === month - 1 && wall.getUTCDate() === day && wall.getUTCMinutes() === minute;
  if (!exists || wall.getUTCHours() !== hour || wall.getUTCSeconds() !== second) return null;
  return dateOf(wall.getTime() + fraction - offsetMs(match[8]));
}

function offsetMs(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || 0);
  return (zone.startsWith('-') ? -1 : 1) * minutes * 60_000;
}

/** `null` where there is no such instant. */
export function dateOf(epochMs: number): Date | null {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? null : date;
}
