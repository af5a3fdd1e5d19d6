import type { GraphTime } from '../../domain/graph-mapping.ts';
import { type CypherValue, Typed, toJson } from './value.ts';

/** What a property says, as an instant. What cannot be read says nothing: it never makes anything stale. */
export function readTime(value: CypherValue | undefined, field: GraphTime | null): Date | null {
  if (field === null || value === undefined || value === null) return null;
  if (field.type === 'datetime') return value instanceof Typed && value.epochMs !== null ? dateOf(value.epochMs) : null;
  if (field.type === 'iso_text') return typeof value === 'string' ? isoDate(value) : null;
  return typeof value === 'bigint' || typeof value === 'number' ? dateOf(Math.ceil(Number(value))) : null;
}

/** As the application would write it. `datetime`: UTC. */
export function writeTime(at: Date, { type }: GraphTime): CypherValue {
  if (type === 'epoch_ms') return BigInt(at.getTime());
  if (type === 'iso_text') return at.toISOString();
  return utcDatetime(at);
}

export function utcDatetime(at: Date): Typed {
  const of = (part: number) => BigInt(part);
  const date = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
  const time = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds(), at.getUTCMilliseconds() * 1_000_000];
  return new Typed('datetime', [...date, ...time, 0].map(of), at.getTime());
}

/** An item's own dates as written: what a hold remembers. */
export function datesText(created: CypherValue | undefined, deprecated: CypherValue | undefined): string {
  return [created, deprecated].map((value) => asWritten(value ?? null)).join('|');
}

function asWritten(value: CypherValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  return JSON.stringify(toJson(value));
}

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

function dateOf(epochMs: number): Date | null {
  const date = new Date(epochMs);
  return Number.isNaN(date.getTime()) ? null : date;
}
