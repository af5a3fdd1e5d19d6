import { StoreError } from '../../domain/store-errors.ts';
import { quoted } from '../cypher/names.ts';
import { type CypherValue, isList, type Parameters, Typed } from '../cypher/value.ts';

/**
 * FalkorDB takes parameters as text before the query: `CYPHER name=literal … MATCH`. This is the line between a value and a
 * statement, and all of it is here. Names and keys are identifiers of ours or are quoted; a string ends nowhere but at its end.
 */
export function withParameters(text: string, parameters: Parameters): string {
  const bound = Object.entries(parameters).map(([name, value]) => `${plainName(name)}=${literal(value)}`);
  return bound.length === 0 ? text : `CYPHER ${bound.join(' ')} ${text}`;
}

const smallestNormal = 2.2250738585072014e-308;
const [leastInteger, greatestInteger] = [-(2n ** 63n), 2n ** 63n - 1n];

export function literal(value: CypherValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'bigint') {
    if (value < leastInteger || value > greatestInteger) throw unwritable('an integer of more than 64 bits');
    return value.toString();
  }
  if (typeof value === 'number') return fraction(value);
  if (value instanceof Typed) throw unwritable(`a ${value.type}`);
  if (isList(value)) return `[${value.map(literal).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, one]) => `${keyName(key)}:${literal(one)}`)
    .join(',')}}`;
}

/** Whether it comes back as it is: a fraction that is none, or too small for its parser, does not. */
export function isWritable(value: CypherValue): boolean {
  try {
    literal(value);
    return true;
  } catch {
    return false;
  }
}

/** Backslash and quote are all that its grammar gives a meaning to; a NUL would end the command's text early. */
function text(value: string): string {
  if (value.includes('\0') || !value.isWellFormed()) throw unwritable('a text with a NUL or half a character');
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}

/** With a point or an exponent always: without, it would be an integer. */
function fraction(value: number): string {
  if (!Number.isFinite(value) || (value !== 0 && Math.abs(value) < smallestNormal)) {
    throw unwritable('a fraction that is no number, or too small to be written');
  }
  if (Object.is(value, -0)) return '-0.0';
  const digits = String(value);
  return /[.e]/.test(digits) ? digits : `${digits}.0`;
}

/** Keys of the application's own properties may be anything but what would end a quoted name. */
export function keyName(key: string): string {
  if (key === '' || /[`\\\0]/.test(key) || !key.isWellFormed())
    throw unwritable('a property whose name cannot be quoted');
  return `\`${key}\``;
}

function plainName(name: string): string {
  quoted(name);
  return name;
}

function unwritable(what: string): StoreError {
  return new StoreError('StoreRefusedError', `FalkorDB cannot be given ${what}`);
}
