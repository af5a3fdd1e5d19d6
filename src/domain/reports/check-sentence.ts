import type { Citation, ReportData, Sentence } from './report.ts';

const numberWords: Readonly<Record<string, number>> = {
  ...{
    no: 0,
    none: 0,
    nobody: 0,
    nothing: 0,
    never: 0,
    zero: 0,
    one: 1,
    once: 1,
    single: 1,
    two: 2,
    twice: 2,
    both: 2,
  },
  ...{ three: 3, thrice: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12 },
  ...{ dozen: 12, twenty: 20, hundred: 100, thousand: 1_000, million: 1_000_000 },
};
/** Factors between two periods, which a cited ratio must come close to. */
const factors: Readonly<Record<string, number>> = {
  ...{ doubled: 2, double: 2, doubling: 2, tripled: 3, triple: 3, tripling: 3, quadrupled: 4, halved: 0.5, half: 0.5 },
};
const ranks: Readonly<Record<string, number>> = { first: 1, second: 2, third: 3, fourth: 4, fifth: 5 };
const rising =
  /\b(rose|rises|rising|increas\w*|grew|grow\w*|more|higher|climb\w*|gain\w*|surg\w*|emerg\w*|jump\w*|up|upward\w*|soar\w*)\b/u;
const falling =
  /\b(fell|falls|falling|decreas\w*|declin\w*|dropp?\w*|fewer|less|lower|shr[aiu]nk\w*|fad\w*|down|downward\w*|reduc\w*|los[et]\w*)\b/u;
const greatest = /\b(most|top|largest|biggest|greatest|highest|leading|main)\b/u;
const ended = /\bno longer\b/u;
/** Words that state a share or an amount without a number: nothing that is cited could confirm them. */
const vague =
  /\b(all|every|always|everyone|everybody|majority|minority|many|several|few|dozens|hundreds|thousands|millions|nearly|almost|quarter|thirds|(?<!\bat )least|fewest|lowest|smallest|unanimous\w*)\b/u;

/**
 * Whether all that a sentence states is in the values that it cites: each number, number word, factor, rank and direction.
 * A cited value must be the one that the report has at that path. A sentence that fails is left out, whoever wrote it.
 */
export function isTrue({ text, citations }: Sentence, data: ReportData): boolean {
  if (citations.length === 0 || !citations.every((citation) => isCited(citation, data))) return false;
  const names = citations.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
  // Names may hold any word or number: they are not statements.
  const statement = withoutNames(text, names).toLowerCase();
  const values = citations.flatMap(({ value }) => (typeof value === 'number' ? [value] : []));
  return (
    !vague.test(statement) &&
    numbersOf(statement).every((number) => values.some((value) => agrees(number, value))) &&
    wordsAgree(statement, values, citations) &&
    directionsAgree(statement, citations)
  );
}

function isCited({ path, value }: Citation, data: ReportData): boolean {
  let at: unknown = data;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = Object.entries(at).find(([name]) => name === key)?.[1];
  }
  return at === value && (typeof at === 'string' || typeof at === 'number');
}

/** Longer names first: one may be a part of another. */
function withoutNames(text: string, names: readonly string[]): string {
  return names
    .filter((name) => name !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, name) => rest.replaceAll(name, ' '), text);
}

interface StatedNumber {
  readonly value: number;
  readonly isPercent: boolean;
  readonly decimals: number;
}

function numbersOf(statement: string): StatedNumber[] {
  return [...statement.matchAll(/[-−]?\p{N}[\p{N}.,]*\s*(%|percent)?/gu)].map(([found, percent]) => {
    const plain = found
      .replace(/[%\s]|percent/gu, '')
      .replace(/[.,]+$/u, '')
      .replaceAll(',', '')
      .replace('−', '-');
    return { value: Number(plain), isPercent: percent !== undefined, decimals: (plain.split('.')[1] ?? '').length };
  });
}

function agrees({ value, isPercent, decimals }: StatedNumber, cited: number): boolean {
  const shown = isPercent ? cited * 100 : cited;
  return (
    Number.isFinite(value) &&
    Math.abs(Math.abs(shown) - Math.abs(value)) <= 0.5 * 10 ** -decimals * (isPercent ? 1 : 0) + 1e-9
  );
}

function wordsAgree(statement: string, values: readonly number[], citations: readonly Citation[]): boolean {
  const ratios = numbersAt(citations, /ratio$/u);
  const places = numbersAt(citations, /rank$/u);
  const words = statement.replace(ended, ' ').match(/[\p{L}]+/gu) ?? [];
  return words.every((word) => {
    const number = numberWords[word];
    const factor = factors[word];
    const rank = ranks[word];
    if (number !== undefined) return values.includes(number);
    if (factor !== undefined) return ratios.some((ratio) => Math.abs(ratio / factor - 1) <= 0.1);
    return rank === undefined || places.includes(rank);
  });
}

function directionsAgree(statement: string, citations: readonly Citation[]): boolean {
  const changes = [
    ...numbersAt(citations, /difference$/u),
    ...numbersAt(citations, /ratio$/u).map((ratio) => ratio - 1),
  ];
  const counts = numbersAt(citations, /count$/u);
  if (rising.test(statement) && !changes.some((change) => change > 0)) return false;
  if (falling.test(statement) && !changes.some((change) => change < 0)) return false;
  if (greatest.test(statement) && !numbersAt(citations, /rank$/u).includes(1)) return false;
  return !ended.test(statement) || counts.includes(0);
}

function numbersAt(citations: readonly Citation[], path: RegExp): number[] {
  return citations.flatMap((one) => (path.test(one.path) && typeof one.value === 'number' ? [one.value] : []));
}
