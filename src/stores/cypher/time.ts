import type { GraphTime } from '../../domain/graph-mapping.ts';
import { dateOf, isoDate } from '../iso-date.ts';
import { type CypherValue, Typed, toJson } from './value.ts';

/** The value of a property, as an instant. A value that cannot be read makes nothing stale. */
export function readTime(value: CypherValue | undefined, field: GraphTime | null): Date | null {
  if (field === null || value === undefined || value === null) return null;
  if (field.type === 'datetime') return value instanceof Typed && value.epochMs !== null ? dateOf(value.epochMs) : null;
  if (field.type === 'iso_text') return typeof value === 'string' ? isoDate(value) : null;
  return typeof value === 'bigint' || typeof value === 'number' ? dateOf(Math.ceil(Number(value))) : null;
}

/** The same of a property whose form the mapping does not state. */
export function anyTime(value: CypherValue | undefined): Date | null {
  const type = value instanceof Typed ? 'datetime' : typeof value === 'string' ? 'iso_text' : 'epoch_ms';
  return readTime(value, { property: '', type });
}

/** As the application would write it. `datetime`: UTC. */
export function writeTime(at: Date, { type }: GraphTime): CypherValue {
  if (type === 'epoch_ms') return BigInt(at.getTime());
  if (type === 'iso_text') return at.toISOString();
  return utcDatetime(at);
}

function utcDatetime(at: Date): Typed {
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
