import neo4j, {
  type DateTime,
  type Duration,
  type LocalTime,
  type Date as Neo4jDate,
  type Point,
  type Time,
} from 'neo4j-driver';
import { type CypherValue, datetime, isList, Typed } from '../cypher/value.ts';

/** A value as the driver gives it, with `useBigInt`: an integer is a `bigint`, a fraction a `number`. */
export function fromDriver(value: unknown): CypherValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map(fromDriver);
  if (neo4j.isDateTime(value)) return datetimeOf(value);
  if (neo4j.isLocalDateTime(value)) return new Typed('local_datetime', [...date(value), ...time(value)]);
  if (neo4j.isDate(value)) return new Typed('date', date(value));
  if (neo4j.isTime(value)) return new Typed('time', [...time(value), offset(value)]);
  if (neo4j.isLocalTime(value)) return new Typed('local_time', time(value));
  if (neo4j.isDuration(value)) return durationOf(value);
  if (neo4j.isPoint(value)) return pointOf(value);
  if (value instanceof Int8Array) return new Typed('bytes', [Buffer.from(value).toString('base64')]);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fromDriver(one)]));
  }
  throw new Error('Neo4j gave a value of a type that is not known here');
}

export function toDriver(value: CypherValue): unknown {
  if (isList(value)) return value.map(toDriver);
  if (value instanceof Typed) return fromTyped(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toDriver(one)]));
}

type DateParts = Pick<Neo4jDate<bigint>, 'year' | 'month' | 'day'>;
type TimeParts = Pick<LocalTime<bigint>, 'hour' | 'minute' | 'second' | 'nanosecond'>;

function date(value: object): CypherValue[] {
  const { year, month, day } = value as DateParts;
  return [year, month, day].map(part);
}

function time(value: object): CypherValue[] {
  const { hour, minute, second, nanosecond } = value as TimeParts;
  return [hour, minute, second, nanosecond].map(part);
}

function offset(value: object): CypherValue {
  return part((value as Time<bigint>).timeZoneOffsetSeconds);
}

function part(value: bigint | number | undefined): CypherValue {
  return value === undefined ? null : BigInt(value);
}

/** Offset and zone as the server gave them: of a zone with summer time both, or an hour of autumn would be two. */
function datetimeOf(value: object): Typed {
  const { timeZoneOffsetSeconds, timeZoneId } = value as DateTime<bigint>;
  return datetime([...date(value), ...time(value), part(timeZoneOffsetSeconds), timeZoneId ?? null]);
}

function durationOf(value: object): Typed {
  const { months, days, seconds, nanoseconds } = value as Duration<bigint>;
  return new Typed('duration', [months, days, seconds, nanoseconds].map(part));
}

function pointOf(value: object): Typed {
  const { srid, x, y, z } = value as Point<bigint>;
  return new Typed('point', [BigInt(srid), x, y, z ?? null]);
}

function fromTyped({ type, parts }: Typed): unknown {
  const [first] = parts;
  const int = (at: number): bigint => {
    const value = parts[at];
    return typeof value === 'bigint' ? value : 0n;
  };
  switch (type) {
    case 'datetime': {
      const [offset, zone] = [parts[7], parts[8]];
      return new neo4j.types.DateTime(
        ...([int(0), int(1), int(2), int(3), int(4), int(5), int(6)] as const),
        typeof offset === 'bigint' ? offset : undefined,
        typeof zone === 'string' ? zone : undefined,
      );
    }
    case 'local_datetime':
      return new neo4j.types.LocalDateTime(int(0), int(1), int(2), int(3), int(4), int(5), int(6));
    case 'date':
      return new neo4j.types.Date(int(0), int(1), int(2));
    case 'time':
      return new neo4j.types.Time(int(0), int(1), int(2), int(3), int(4));
    case 'local_time':
      return new neo4j.types.LocalTime(int(0), int(1), int(2), int(3));
    case 'duration':
      return new neo4j.types.Duration(int(0), int(1), int(2), int(3));
    case 'point': {
      const [, x, y, z] = parts;
      return new neo4j.types.Point(int(0), Number(x), Number(y), typeof z === 'number' ? z : undefined);
    }
    case 'bytes':
      return Int8Array.from(Buffer.from(String(first), 'base64'));
    default:
      throw new Error(`an image holds a ${type}, which Neo4j does not have`);
  }
}
