import { type CypherValue, isList, Typed } from '../cypher/value.ts';

/**
 * A value of a compact answer: its type's number, then itself. Integers come as text, so that none is rounded.
 *
 * Fractions come with fifteen digits, which is not enough to tell each from the next: where one must be exact it is asked
 * for in two halves (`properties.ts`).
 */
export function fromAnswer(answer: unknown): CypherValue {
  if (!Array.isArray(answer) || answer.length !== 2)
    throw new Error('FalkorDB gave an answer of a form that is not known here');
  const [type, value] = answer as [unknown, unknown];
  switch (Number(type)) {
    case valueType.null:
      return null;
    case valueType.text:
      return String(value);
    case valueType.integer:
      return BigInt(String(value));
    case valueType.boolean:
      return String(value) === 'true';
    case valueType.fraction:
      return Number(value);
    case valueType.list:
      return listOf(value).map(fromAnswer);
    case valueType.map:
      return mapOf(listOf(value));
    case valueType.point:
      return new Typed(
        'point',
        listOf(value).map((one) => Math.fround(Number(one))),
      );
    case valueType.vector:
      return new Typed('vector', listOf(value).map(Number));
    default:
      // Its dates without a zone, nodes and paths: nothing here reads them, and what has one is left alone.
      return new Typed('other', [BigInt(String(type))]);
  }
}

const valueType = { null: 1, text: 2, integer: 3, boolean: 4, fraction: 5, list: 6, map: 10, point: 11, vector: 12 };

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Keys and values one after the other. */
function mapOf(flat: readonly unknown[]): { readonly [key: string]: CypherValue } {
  const pairs: [string, CypherValue][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) pairs.push([String(flat[at]), fromAnswer(flat[at + 1])]);
  return Object.fromEntries(pairs);
}

/** Vectors and points are bound as what they are made of, and made again by a function of the query. */
export function toBindable(value: CypherValue): CypherValue {
  if (value instanceof Typed) {
    const [longitudeAt, latitudeAt] = [1, 0];
    if (value.type === 'point') {
      return { latitude: value.parts[latitudeAt] ?? null, longitude: value.parts[longitudeAt] ?? null };
    }
    return value.type === 'vector' ? value.parts : value;
  }
  return isList(value) ? value.map(toBindable) : value;
}
