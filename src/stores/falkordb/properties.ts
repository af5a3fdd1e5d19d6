import { type CypherValue, isList, Typed } from '../cypher/value.ts';
import { isWritable, keyName } from './parameters.ts';
import { toBindable } from './values.ts';

type Properties = { readonly [key: string]: CypherValue };

/**
 * All properties of a node or relationship, exactly. The server prints a fraction with fifteen digits; so each is asked for
 * in two halves of twenty-six bits (Veltkamp's), which fifteen digits do tell apart, and put together again. The same goes for
 * the items of a list. Vectors are printed whole.
 */
export function propertiesText(alias: string): string {
  const value = `${alias}[k]`;
  const items = `(CASE typeOf(${value}) WHEN 'List' THEN ${value} ELSE [] END)`;
  return `[k IN keys(${alias}) | [k, ${value}, ${halves(value)}, [x IN ${items} | ${halves('x')}]]]`;
}

const splitter = 134_217_729; // 2^27 + 1

function halves(value: string): string {
  const fraction = `(CASE typeOf(${value}) WHEN 'Float' THEN ${value} ELSE 0.0 END)`;
  const high = `(${splitter}.0 * ${fraction} - (${splitter}.0 * ${fraction} - ${fraction}))`;
  return `[${high}, ${fraction} - ${high}]`;
}

/** `null`: something among them could not be put back exactly. */
export function readProperties(value: CypherValue): Properties | null {
  if (!isList(value)) return null;
  const pairs = value.map((entry): [string, CypherValue] | null => {
    if (!isList(entry)) return null;
    const [key, read, own, items] = entry;
    const exact = exactly(read ?? null, own, items);
    return typeof key === 'string' && exact !== undefined && isRestorable(exact) ? [key, exact] : null;
  });
  const known = pairs.filter((pair) => pair !== null);
  return known.length === pairs.length && known.every(([key]) => isName(key)) ? Object.fromEntries(known) : null;
}

/** `undefined`: it is not known exactly. */
function exactly(
  read: CypherValue,
  own: CypherValue | undefined,
  items: CypherValue | undefined,
): CypherValue | undefined {
  if (typeof read === 'number') return joined(own, read);
  if (!isList(read)) return read;
  const inside = isList(items) ? items : [];
  const exact = read.map((one, at) =>
    isList(one) && hasFraction(one) ? undefined : exactly(one, inside[at], undefined),
  );
  const known = exact.filter((one) => one !== undefined);
  return known.length === read.length ? known : undefined;
}

function joined(parts: CypherValue | undefined, read: number): number | undefined {
  const [high, low] = isList(parts) ? parts : [];
  if (typeof high !== 'number' || typeof low !== 'number') return undefined;
  // The sign of a zero is lost in the halves, and kept where it was printed.
  if (read === 0 && high === 0 && low === 0) return read;
  const whole = upperHalf(high) + upperHalf(low);
  return Number.isFinite(whole) ? whole : undefined;
}

/** The nearest number of twenty-six bits: what a half was before it was printed. */
function upperHalf(value: number): number {
  const scaled = splitter * value;
  return scaled - (scaled - value);
}

function hasFraction(list: readonly CypherValue[]): boolean {
  return list.some((one) => (isList(one) ? hasFraction(one) : typeof one === 'number' || one instanceof Typed));
}

function isRestorable(value: CypherValue): boolean {
  return isWritable(toBindable(value));
}

function isName(key: string): boolean {
  try {
    keyName(key);
    return true;
  } catch {
    return false;
  }
}

/** The same properties as a map in the text of a query, from what is bound as `item`: vectors and points cannot be bound. */
export function mapText(item: string, shape: Properties): string {
  const pairs = Object.entries(shape)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([key, value]) => {
      const bound = `${item}.${keyName(key)}`;
      return `${keyName(key)}: ${madeValue(bound, value)}`;
    });
  return `{${pairs.join(', ')}}`;
}

/** Vectors and points are made from what is bound of them. */
export function madeValue(bound: string, value: CypherValue): string {
  if (!(value instanceof Typed)) return bound;
  return value.type === 'vector' ? `vecf32(${bound})` : `point(${bound})`;
}

export function bindableProperties(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, toBindable(value)]));
}
