import type { OpenElement } from './open-elements.ts';

/** Superscripts, subscripts, roots and fractions as plain text: "10" and a raised "6" must not become 106. */
export type Raised = 'sup' | 'sub' | 'root' | 'part';

const superscripts = new Map(zip('0123456789+-−–=()ni', '⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ'));
const subscripts = new Map(zip('0123456789+-−–=()', '₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎'));
const marks = new Map([
  ['tm', '™'],
  ['sm', '℠'],
]);
/** Endings of ordinals and abbreviations that are read as part of the word: 1st, 2nde, Mme. */
const endings = /^(?:st|nd|rd|th|er|re|ère|ème|ième|nde|me|mes|lle|lles|ers|res|os|as|gr|to|do|ta|mo)$/i;
/** A raised text that is longer is a remark and no index. */
const longestIndex = 12;

/** Returns the Markdown of a raised or lowered text; `before` is the text before it in the same block. */
export function raised(text: string, way: Raised, before: string): string {
  const trimmed = text.replace(/\s+/g, ' ').trim();
  if (way === 'root') return `√${grouped(trimmed)}`;
  if (way === 'part') return grouped(trimmed);
  const last = before.slice(-1);
  const attached = /\S/.test(last);
  const mapped = mapAll(trimmed, way === 'sup' ? superscripts : subscripts);
  if (trimmed === '' || /^[[(*†‡§®©™℠.,;:¹²³ªº]/u.test(trimmed)) return attached ? text.trimStart() : text;
  if (mapped !== null && !(trimmed === 'n' || trimmed === 'i' ? !attached : false)) return mapped;
  if (way === 'sup') {
    const plain = marks.get(trimmed.toLowerCase()) ?? ordinal(trimmed, before);
    if (plain !== null) return plain;
  }
  if (!attached) return text;
  if (trimmed.length > longestIndex || trimmed.includes(' ')) return ` ${trimmed}`;
  const sign = way === 'sup' ? '^' : '_';
  return trimmed.length === 1 || (way === 'sub' && /^[\p{L}\p{N}]+$/u.test(trimmed))
    ? sign + trimmed
    : `${sign}(${trimmed})`;
}

/** The content of a root or a fraction, in parentheses where its extent would not be clear. */
function grouped(text: string): string {
  return /^[\p{L}\p{M}\p{N}.,]*$/u.test(text) ? text : `(${text})`;
}

function ordinal(text: string, before: string): string | null {
  if (endings.test(text) && /[\p{L}\p{N}]$/u.test(before)) return text;
  if (/^[ao]$/.test(text) && /(?:\d|\b[nN])\.?$/.test(before)) return text === 'a' ? 'ª' : 'º';
  return text === 'e' && /(?:\d|\b[IVXLCDM]+)$/.test(before) ? text : null;
}

function mapAll(text: string, map: ReadonlyMap<string, string>): string | null {
  const found = Array.from(text, (character) => map.get(character));
  return found.every((one) => one !== undefined) && /[^()]/.test(text) ? found.join('') : null;
}

function zip(from: string, to: string): [string, string][] {
  const targets = Array.from(to);
  return Array.from(from, (character, at) => [character, targets[at] ?? character]);
}

/** Formulas name what is raised by its place. */
export function raisedWay({ kind, name, parent, index }: OpenElement): Raised | null {
  if (kind === 'sup' || kind === 'sub') return kind;
  if (name === 'msqrt') return 'root';
  if (parent?.name === 'mfrac') return 'part';
  if (parent?.name === 'msup' && index === 1) return 'sup';
  if ((parent?.name === 'msub' || parent?.name === 'munder') && index === 1) return 'sub';
  if (parent?.name !== 'msubsup' && parent?.name !== 'munderover') return null;
  return index === 1 ? 'sub' : index === 2 ? 'sup' : null;
}
