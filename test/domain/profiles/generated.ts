import type { Attribute } from '../../../src/domain/profiles/attribute.ts';

/** Random numbers that are the same in every run. */
function randomOf(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(next() * end);
  return { below, pick: <T>(all: readonly [T, ...T[]]): T => all[below(all.length)] ?? all[0] };
}

const names = ['Anna', 'Bogdan', 'Chioma', 'Dmitri', 'Élodie', 'Farid', 'Grace', 'Hiroko', 'Ines', 'Jürgen'] as const;
const cities = ['Berlin', 'Lagos', 'Osaka', 'São Paulo', 'Łódź', 'New York', 'Marrakech', 'Reykjavik'] as const;
const things = ['coffee', 'jazz', 'running', 'chess', 'gardening', 'science fiction', 'pottery', 'cycling'] as const;
const foods = ['peanuts', 'shellfish', 'gluten', 'dairy', 'mushrooms', 'eggs'] as const;
const months = ['January', 'March', 'June', 'October', 'December'] as const;

/** A profile with numbers, dates, names and negations, each kind at least once. */
export function generatedProfile(seed: number): Attribute[] {
  const random = randomOf(seed);
  const day = () => 1 + random.below(28);
  const texts: readonly (readonly [string, string, string])[] = [
    ['fact', 'children', `has ${2 + random.below(4)} children and ${1 + random.below(3)} cats`],
    ['fact', 'birthday', `born on ${day()} ${random.pick(months)} ${1950 + random.below(60)}`],
    ['fact', 'sister', `lives with his sister ${random.pick(names)} in ${random.pick(cities)}`],
    ['health', 'allergies', `is not allowed to eat ${random.pick(foods)}`],
    ['preference', 'meetings', `does not want calls before ${7 + random.below(3)}:30`],
    ['interest', 'likes', `likes ${random.pick(things)}`],
    ['communication', 'email', `reach me at ${random.pick(names).toLowerCase()}${random.below(99)}@example.org`],
    ['fact', 'address', `${1 + random.below(200)} Baker Street, ${random.pick(cities)}`],
    ['health', 'dose', `takes ${5 * (1 + random.below(9))} mg of aspirin, ${1 + random.below(3)} times a day`],
    ['fact', 'employer', `works at ${random.pick(names)} & Sons since ${2000 + random.below(25)}`],
  ];
  return texts.map(([category, key, value], at) => ({
    ...{ id: `${seed}-${at}`, category, key, value },
    updatedAt: new Date(Date.UTC(2026, 0, 1 + at)),
  }));
}

/** Changes one thing of a value, of a kind that it has; `null`: it has none of that kind. */
export const alterations: Readonly<Record<string, (value: string, seed: number) => string | null>> = {
  number: (value, seed) =>
    replaced(value, /(?<![\d:])\d{1,3}(?![\d:])/, (found) => String(Number(found) + 1 + (seed % 5))),
  date: (value, seed) =>
    replaced(
      value,
      /(\d{1,2}) (January|March|June|October|December)/,
      (_, day) => `${day} ${seed % 2 === 0 ? 'May' : 'August'}`,
    ),
  year: (value) => replaced(value, /(?:19|20)\d\d/, (found) => String(Number(found) - 1)),
  time: (value) => replaced(value, /\d+:30/, (found) => found.replace(':30', ':00')),
  name: (value, seed) => replaced(value, new RegExp(names.join('|')), () => (seed % 2 === 0 ? 'Peter' : 'Maria')),
  city: (value, seed) =>
    replaced(value, new RegExp(cities.join('|')), (found) =>
      found === 'Berlin' || seed % 2 === 0 ? 'Madrid' : 'Berlin',
    ),
  address: (value) => replaced(value, /@example\.org/, () => '@example.com'),
  'negation removed': (value) => replaced(value, /(?:does|is) not /, () => ''),
  'negation added': (value) => replaced(value, /^(likes|works|lives|takes|has) /, (_, verb) => `never ${verb} `),
  'number removed': (value) => replaced(value, / since \d{4}| \d{4}$/, () => ''),
  'name removed': (value) => replaced(value, new RegExp(` (?:${names.join('|')})`), () => ''),
  'numbers exchanged': (value) =>
    replaced(value, /(\d+) (children|mg) (.*?)(\d+) (cats|times)/, (_, a, one, between, b, two) =>
      a === b ? null : `${b} ${one} ${between}${a} ${two}`,
    ),
};

function replaced(value: string, pattern: RegExp, by: (...found: string[]) => string | null): string | null {
  const found = pattern.exec(value);
  if (found === null) return null;
  const text = by(...found.map((group) => group ?? ''));
  if (text === null) return null;
  const changed = value.slice(0, found.index) + text + value.slice(found.index + found[0].length);
  return changed === value ? null : changed;
}
