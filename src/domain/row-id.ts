import type { CollectionMapping } from './mapping.ts';

/** The columns that identify a row, in the order of the mapping. */
export function idColumns({ id }: Pick<CollectionMapping, 'id'>): readonly string[] {
  return typeof id === 'string' ? [id] : id;
}

export function isComposite({ id }: Pick<CollectionMapping, 'id'>): boolean {
  return typeof id !== 'string';
}

/** The one id column, for work that only collections with a single id column allow. */
export function singleIdColumn({ id, name }: Pick<CollectionMapping, 'id' | 'name'>): string {
  if (typeof id === 'string') return id;
  throw new Error(`collection ${name}: an id of several columns is not supported here`);
}

/**
 * The text of a composite id: a JSON array of the columns' texts without white space, in which only quotation marks and
 * backslashes are escaped. The database makes the same text (`idText`) with functions that an index may contain.
 */
export function encodeRowId(values: readonly (string | null)[]): string {
  const parts = values.map((value) => (value === null ? 'null' : `"${value.replaceAll(/["\\]/g, '\\$&')}"`));
  return `[${parts.join(',')}]`;
}

/** The texts of the columns; `null` where the text is no composite id of so many columns. */
export function decodeRowId(text: string, columns: number): readonly (string | null)[] | null {
  const values = parsed(text.replaceAll(controlCharacter, escaped)) ?? parsed(text);
  return values !== null && values.length === columns ? values : null;
}

/** The canonical text of an id that a person wrote: JSON with white space or with other escapes names the same row. */
export function canonicalRowId(text: string, columns: number): string {
  const values = columns === 1 ? null : decodeRowId(text, columns);
  return values === null ? text : encodeRowId(values);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of these within a text.
const controlCharacter = /[\u0000-\u001f]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function parsed(text: string): readonly (string | null)[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isText) ? value : null;
  } catch {
    return null;
  }
}

function isText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
