import { isPlainText } from '../plain-text.ts';

/**
 * A value of a Cypher store, with its exact type: an integer is a `bigint`, a fraction a `number`. Parameters are given in
 * the same form.
 */
export type CypherValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | Typed
  | readonly CypherValue[]
  | { readonly [key: string]: CypherValue };

export type Parameters = { readonly [key: string]: CypherValue };
export type Row = Readonly<Record<string, CypherValue>>;

/** A value of a type that JavaScript has not: a date, a point, a vector. */
export class Typed {
  readonly type: string;
  /** Components, in the order of the store's own constructor. */
  readonly parts: readonly CypherValue[];
  /** Of an instant: milliseconds since 1970, rounded up, so that nothing seems older than it is. */
  readonly epochMs: number | null;

  constructor(type: string, parts: readonly CypherValue[], epochMs: number | null = null) {
    this.type = type;
    this.parts = parts;
    this.epochMs = epochMs;
  }
}

const nanosecondsPerMillisecond = 1_000_000n;

/** An instant of year, month, day, hour, minute, second, nanosecond, offset in seconds, and perhaps a zone. */
export function datetime(parts: readonly CypherValue[]): Typed {
  const part = (at: number) => BigInt(typeof parts[at] === 'bigint' ? parts[at] : 0);
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = [0, 1, 2, 3, 4].map((at) => Number(part(at)));
  const fraction = (part(6) + nanosecondsPerMillisecond - 1n) / nanosecondsPerMillisecond;
  const seconds = Number(part(5)) - Number(part(7));
  return new Typed('datetime', parts, Date.UTC(year, month - 1, day, hour, minute) + seconds * 1000 + Number(fraction));
}

export function isMap(value: CypherValue | undefined): value is { readonly [key: string]: CypherValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Typed);
}

export function isList(value: CypherValue | undefined): value is readonly CypherValue[] {
  return Array.isArray(value);
}

/** JSON has one kind of number, and a database that keeps it may know no `\0`: what it cannot say is tagged. */
export function toJson(value: CypherValue): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string')
    return isPlainText(value) ? value : { utf16: Buffer.from(value, 'utf16le').toString('base64') };
  if (typeof value === 'bigint') return { int: value.toString() };
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { float: Object.is(value, -0) ? '-0' : String(value) };
  }
  if (value instanceof Typed) return { typed: value.type, parts: value.parts.map(toJson) };
  if (isList(value)) return value.map(toJson);
  return { map: jsonOf(value as { readonly [key: string]: CypherValue }) };
}

export function fromJson(json: unknown): CypherValue {
  if (json === null || typeof json === 'boolean' || typeof json === 'string' || typeof json === 'number') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== 'object') throw new Error(`ledger image is corrupt: unexpected value of type ${typeof json}`);
  if ('int' in json) return BigInt(String(json.int));
  if ('float' in json) return Number(json.float);
  if ('utf16' in json) return Buffer.from(String(json.utf16), 'base64').toString('utf16le');
  if ('typed' in json && 'parts' in json && Array.isArray(json.parts)) {
    const parts = json.parts.map(fromJson);
    return json.typed === 'datetime' ? datetime(parts) : new Typed(String(json.typed), parts);
  }
  if ('map' in json) return mapOf(json.map);
  throw new Error(`ledger image is corrupt: unexpected value of type ${typeof json}`);
}

export function jsonOf(map: { readonly [key: string]: CypherValue }): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, toJson(value)]));
}

export function mapOf(json: unknown): { readonly [key: string]: CypherValue } {
  if (typeof json !== 'object' || json === null)
    throw new Error(`ledger image is corrupt: unexpected value of type ${typeof json}`);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
}
