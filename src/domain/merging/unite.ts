import { canonicalJson } from '../canonical-json.ts';
import { normalise } from '../duplicates/text/normalise.ts';
import type { ValueChange } from './merge-record.ts';

export type Values = Readonly<Record<string, unknown>>;

export interface UniteFields {
  readonly name: string;
  readonly description: string | null;
  /** Fields that stay as they are: ids, groups, dates of the record itself, results of a recompute. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Returns the values that the survivor of a merge receives: values and members of lists that it lacks, and the loser's
 * description and name, where they add something. Where both have a value, the survivor's stays; the loser's is in the
 * ledger.
 */
export function uniteValues(survivor: Values, loser: Values, fields: UniteFields): ValueChange[] {
  const changes: ValueChange[] = [];
  for (const name of Object.keys(loser).sort()) {
    if (fields.kept.has(name) || name === fields.description) continue;
    const [before, given] = [survivor[name] ?? null, loser[name] ?? null];
    const after = united(before, given);
    if (!isSame(before, after)) changes.push({ name, before, after });
  }
  const described = describe(survivor, loser, fields);
  return described === null ? changes : [...changes, described];
}

function united(before: unknown, given: unknown): unknown {
  if (given === null || given === '') return before;
  if (before === null || before === '') return given;
  return Array.isArray(before) && Array.isArray(given) && !areNumbers(before) ? unionOf(before, given) : before;
}

/** A vector is one value. */
function areNumbers(list: readonly unknown[]): boolean {
  return list.length > 0 && list.every((one) => typeof one === 'number');
}

/** Members in the order in which they were, then those that are new. */
export function unionOf(before: readonly unknown[], given: readonly unknown[]): unknown[] {
  const known = new Set(before.map((one) => JSON.stringify(one)));
  const added = given.filter((one) => {
    const key = JSON.stringify(one);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
  return [...before, ...added];
}

/** A name that differs becomes a line of the description: whoever searches for it still finds the entity. */
function describe(survivor: Values, loser: Values, { name, description }: UniteFields): ValueChange | null {
  if (description === null) return null;
  const before = survivor[description] ?? null;
  const [own, given] = [textOf(before), textOf(loser[description])];
  const otherName = textOf(loser[name]);
  const added: string[] = [];
  if (given !== '' && !includes(own, given)) added.push(given);
  const isKnown = normalise(otherName) === normalise(textOf(survivor[name]));
  if (otherName !== '' && !isKnown && !includes([own, ...added].join('\n'), otherName)) {
    added.push(`Also known as ${otherName}`);
  }
  if (added.length === 0 || (before !== null && typeof before !== 'string')) return null;
  return { name: description, before, after: [own, ...added].filter((one) => one !== '').join('\n') };
}

function includes(text: string, part: string): boolean {
  return ` ${normalise(text)} `.includes(` ${normalise(part)} `);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether two values are equal as JSON, in whatever order their keys come. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
