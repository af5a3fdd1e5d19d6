import type { DuplicateRecord } from '../../src/domain/duplicates/record.ts';
import { seededRandom } from '../../src/domain/random.ts';

export interface Group {
  readonly records: readonly DuplicateRecord[];
  /** By record: the number of what it is a record of. */
  readonly entities: readonly number[];
}

const onsets = 'b br c ch d dr f g gr h j k l m n p r s st t tr v w'.split(' ');
const vowels = 'a e i o u ai ou'.split(' ');
const endings = 'n r l s t ck nd m th'.split(' ');
const cities = 'Amble Borth Calder Dunmore Ely Frome Gorey Hexham'.split(' ');

/** People with addresses: families share a name and an address, so that near misses exist. `copies(entity)` says how many records. */
export function syntheticGroup(seed: number, entities: number, copies: (entity: number) => number): Group {
  const random = seededRandom(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  };
  const word = (syllables: number) =>
    Array.from({ length: syllables }, () => pick(onsets) + pick(vowels)).join('') + pick(endings);
  const given = Array.from({ length: 80 }, () => word(1));
  const families = Array.from({ length: Math.ceil(entities / 2) }, () => ({
    ...{ surname: word(2), street: `${word(2)} ${pick(['street', 'road', 'lane'])}`, city: pick(cities) },
    number: 1 + Math.floor(random() * 180),
  }));
  const records: DuplicateRecord[] = [];
  const of: number[] = [];
  for (let entity = 0; entity < entities; entity++) {
    const family = pick(families);
    const day = new Date(Date.UTC(1940, 0, 1) + Math.floor(random() * 20_000) * 86_400_000).toISOString().slice(0, 10);
    const person = {
      ...{ given: pick(given), surname: family.surname, street: family.street, city: family.city, born: day },
      ...{ number: String(family.number), phone: String(1e7 + Math.floor(random() * 9e7)) },
    };
    for (let copy = 0; copy < copies(entity); copy++) {
      records.push(recordOf(`${entity}-${copy}`, copy === 0 ? person : damaged(person, random)));
      of.push(entity);
    }
  }
  return { records, entities: of };
}

export function recordOf(key: string, properties: Readonly<Record<string, string>>): DuplicateRecord {
  const text = Object.values(properties)
    .filter((value) => value !== '')
    .join(', ');
  return { key, type: 'Person', text, properties, hasVector: true };
}

/** One or two fields misspelled, and one missing at times. */
function damaged<Person extends Record<string, string>>(person: Person, random: () => number): Record<string, string> {
  const changed: Record<string, string> = { ...person };
  const names = ['given', 'surname', 'street', 'phone'];
  for (let change = 0; change < 2; change++) {
    const name = names[Math.floor(random() * names.length)] ?? 'given';
    const value = changed[name] ?? '';
    const at = 1 + Math.floor(random() * Math.max(1, value.length - 2));
    changed[name] =
      random() < 0.5 ? value.slice(0, at) + value.slice(at + 1) : `${value.slice(0, at)}e${value.slice(at)}`;
  }
  if (random() < 0.3) changed.phone = '';
  return changed;
}

/** A vector of each text: its trigrams, spread over some dimensions by a hash. */
export function trigramVector(text: string, dimensions = 64): Float32Array {
  const vector = new Float32Array(dimensions);
  const padded = ` ${text.toLowerCase()} `;
  for (let at = 0; at + 3 <= padded.length; at++) {
    let hash = 2166136261;
    for (const letter of padded.slice(at, at + 3)) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619);
    const place = (hash >>> 0) % dimensions;
    vector[place] = (vector[place] ?? 0) + ((hash >>> 16) & 1 ? 1 : -1);
  }
  return vector;
}
