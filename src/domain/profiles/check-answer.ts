import {
  type Attribute,
  type NewAttribute,
  type Operation,
  type ProfileChange,
  profileCategories,
} from './attribute.ts';
import { passingReason } from './passing.ts';
import { denies, inventionOf, keyWords, type Loss, lossOf, mixesPolarity } from './survival.ts';
import { oneLine, snakeCase } from './text.ts';
import { genericKeyWords } from './word-lists.ts';

/** Why an answer is refused, without a word of the profile. */
export class AnswerRefusedError extends Error {
  override readonly name = 'AnswerRefusedError';
}

const longestValue = 1_000;

/**
 * The changes of an answer, each checked against the lines that it names. Throws `AnswerRefusedError` at the first
 * operation that goes beyond the rules: an answer that is wrong in one place is not trusted in another.
 */
export function checkedAnswer(lines: readonly Attribute[], operations: readonly Operation[]): ProfileChange[] {
  const named = new Set<number>();
  for (const operation of operations) {
    for (const line of operation.op === 'merge' ? operation.lines : [operation.line]) {
      if (lines[line - 1] === undefined || !Number.isInteger(line)) refuse(`line ${line} does not exist`);
      if (named.has(line)) refuse(`line ${line} is named twice`);
      named.add(line);
    }
  }
  const leaving = new Set(operations.flatMap((one) => (one.op === 'drop' ? [one.line] : [])));
  return operations.flatMap((one) => changeOf(lines, one, leaving));
}

function changeOf(lines: readonly Attribute[], operation: Operation, leaving: ReadonlySet<number>): ProfileChange[] {
  switch (operation.op) {
    case 'keep':
      return [];
    case 'merge': {
      if (operation.lines.length < 2) refuse('a merge names one line');
      return [{ ...consolidated(lines, operation.lines, operation), reason: 'merged' }];
    }
    case 'replace': {
      const change = consolidated(lines, [operation.line], operation);
      return isSame(at(lines, operation.line), change.added) ? [] : [{ ...change, reason: 'replaced' }];
    }
    case 'drop':
      return [dropped(lines, operation, leaving)];
  }
}

/** A new attribute in place of lines: everything in it derives from them, and what must survive does. */
function consolidated(
  lines: readonly Attribute[],
  numbers: readonly number[],
  given: NewAttribute,
): Omit<ProfileChange, 'reason'> & { readonly added: NewAttribute } {
  const sources = numbers.map((line) => at(lines, line));
  const where = `the value in place of line ${numbers.join(', ')}`;
  const added = {
    category: categoryOf(given.category, sources),
    key: snakeCase(given.key),
    value: oneLine(given.value),
  };
  if (!sources.some(({ key }) => snakeCase(key) === added.key)) refuse(`${where} has a key of none of the lines`);
  if (added.value === '') refuse(`${where} is empty`);
  if (added.value.length > Math.max(longestValue, ...sources.map(({ value }) => value.length))) {
    refuse(`${where} is longer than ${longestValue} characters`);
  }
  if (mixesPolarity(sources)) refuse(`${where} joins a line that denies something with one that does not`);
  if (denies(added) !== sources.some(denies)) refuse(`${where} turns a statement into its opposite`);
  for (const [place, source] of sources.entries()) {
    const loss = lossOf(source, added);
    if (loss !== null) refuse(`${where} loses ${phrases[loss]} of line ${numbers[place]}`);
  }
  const invention = inventionOf(sources, added);
  if (invention !== null) refuse(`${where} contains ${phrases[invention]} that no line has`);
  return { decidedBy: 'model', lines: numbers, by: null, added };
}

const phrases: Readonly<Record<Loss, string>> = {
  number: 'a number, date or sign',
  name: 'a name',
  address: 'an address',
  negation: 'a negation',
  qualifier: 'a qualifier',
  words: 'words',
  key: 'the meaning of the key',
};

/** The application's own categories stay; any other outside the six is `misc`. */
function categoryOf(category: string, sources: readonly Attribute[]): string {
  if (sources.some((one) => one.category === category)) return category;
  return profileCategories.find((one) => one === category.trim().toLowerCase()) ?? 'misc';
}

function isSame(line: Attribute, { category, key, value }: NewAttribute): boolean {
  return line.category === category && line.key === key && line.value === value;
}

type Drop = Extract<Operation, { op: 'drop' }>;

function dropped(lines: readonly Attribute[], drop: Drop, leaving: ReadonlySet<number>): ProfileChange {
  const { line, reason } = drop;
  const own = at(lines, line);
  const change = { decidedBy: 'model', lines: [line], reason, added: null } as const;
  if (reason === 'duplicate' || reason === 'superseded') {
    const by = drop.by ?? null;
    const other = by === null ? undefined : lines[by - 1];
    if (by === null || other === undefined || by === line) refuse(`line ${line} is dropped for no other line`);
    if (leaving.has(by)) refuse(`line ${line} is dropped for line ${by}, which is dropped too`);
    if (reason === 'duplicate') requireDuplicate(own, line, other, by);
    else requireSuperseded(own, line, other, by);
    return { ...change, by };
  }
  if (passingReason(own) === null) requireDroppable(own, line);
  return { ...change, by: null };
}

function requireDuplicate(own: Attribute, line: number, other: Attribute, by: number): void {
  if (mixesPolarity([own, other])) refuse(`line ${line} does not repeat line ${by}: one of them denies something`);
  const loss = lossOf(own, other);
  if (loss !== null) refuse(`line ${line} is no duplicate of line ${by}: ${phrases[loss]} would be lost`);
}

/** The later of two values of one thing stays. Without times nothing tells which is the later one. */
function requireSuperseded(own: Attribute, line: number, other: Attribute, by: number): void {
  const [before, after] = [own.updatedAt?.getTime(), other.updatedAt?.getTime()];
  if (before === undefined || after === undefined || before >= after) {
    refuse(`line ${line} is not earlier than line ${by}`);
  }
  const words = keyWords(own.key).filter(({ text }) => !genericKeyWords.has(text));
  const others = keyWords(other.key).map(({ text }) => text);
  const related = snakeCase(own.key) === snakeCase(other.key) || words.some(({ text }) => others.includes(text));
  if (!related) refuse(`lines ${line} and ${by} have keys without a common word`);
}

/** Lines that only the model calls noise: never about health, and never a statement that denies something. */
function requireDroppable(own: Attribute, line: number): void {
  if (snakeCase(own.category) === 'health') refuse(`line ${line} is about health`);
  if (denies(own)) refuse(`line ${line} denies something`);
}

function at(lines: readonly Attribute[], line: number): Attribute {
  const found = lines[line - 1];
  if (found === undefined) return refuse(`line ${line} does not exist`);
  return found;
}

function refuse(reason: string): never {
  throw new AnswerRefusedError(reason);
}
