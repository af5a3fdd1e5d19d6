import type { Values } from '../../../../domain/merging/unite.ts';

/** JSON text that a parser would change: it holds a number beyond what a double holds. */
interface Raw {
  readonly raw: string;
}

/** Values of a row by column, from JSON text of each. */
export function valuesOf(texts: Readonly<Record<string, string>>): Values {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parsed(text)]));
}

/** Long runs of digits may be such a number, or a text: kept as they are, neither is harmed. */
function parsed(text: string): unknown {
  const isExact = text.startsWith('"') || !/\d{16}/.test(text);
  return isExact ? JSON.parse(text) : ({ raw: text } satisfies Raw);
}

export function jsonText(value: unknown): string {
  return isRaw(value) ? value.raw : JSON.stringify(value);
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && 'raw' in value && typeof value.raw === 'string';
}

/** JSON text of an object of such values. */
export function rowText(values: readonly (readonly [name: string, value: unknown])[]): string {
  return `{${values.map(([name, value]) => `${JSON.stringify(name)}:${jsonText(value)}`).join(',')}}`;
}
