import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/domain/random.ts';

/** Records with known copies, in the format of `eval/`: the same at every run. */
export interface GeneratedSet {
  readonly rows: readonly { readonly fields: Readonly<Record<string, string>>; readonly source: string | null }[];
  readonly gold: readonly (readonly [one: number, other: number])[];
}

const dimensions = 384;
const syllables =
  'ba be bi bo da de di do fa fe ga ge ka ke ki la le li lo ma me mi mo na ne no pa pe ra re ri ro sa se ta te ti to va ve za'.split(
    ' ',
  );
const colours = ['black', 'white', 'silver', 'blue', 'red', 'green'];

class Dice {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }
  below(end: number): number {
    return Math.floor(this.#random() * end);
  }
  happens(probability: number): boolean {
    return this.#random() < probability;
  }
  of<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('an empty list has no element');
    return found;
  }
  word(): string {
    return Array.from({ length: 2 + this.below(3) }, () => this.of(syllables)).join('');
  }
  /** The word with two letters exchanged, or one left out. */
  misspelt(word: string): string {
    if (word.length < 4) return word;
    const at = 1 + this.below(word.length - 2);
    const swapped = `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`;
    return this.happens(0.5) ? swapped : word.slice(0, at) + word.slice(at + 1);
  }
  misspeltIn(text: string, share: number): string {
    const words = text.split(' ').map((word) => (this.happens(share) ? this.misspelt(word) : word));
    return words.join(' ');
  }
}

/** One pile: each person has one to four records, and every record but the first is changed. */
export function pileOfPeople(persons: number, seed: number): GeneratedSet {
  const dice = new Dice(seed);
  const [given, family, cities] = [120, 240, 60].map((count) => Array.from({ length: count }, () => dice.word()));
  const rows: GeneratedSet['rows'][number][] = [];
  const gold: [number, number][] = [];
  for (let no = 0; no < persons; no++) {
    const one = {
      given: dice.of(given ?? []),
      family: dice.of(family ?? []),
      street: `${1 + dice.below(300)} ${dice.word()} ${dice.of(['street', 'road', 'lane'])}`,
      city: dice.of(cities ?? []),
      born: `${1930 + dice.below(75)}-${String(1 + dice.below(12)).padStart(2, '0')}-${String(1 + dice.below(28)).padStart(2, '0')}`,
    };
    const first = rows.length;
    for (let copy = dice.of([1, 1, 2, 3, 4]); copy > 0; copy--) {
      const changed = rows.length > first;
      const fields = !changed
        ? one
        : {
            ...one,
            given: dice.happens(0.3) ? dice.misspelt(one.given) : dice.happens(0.2) ? one.given.slice(0, 1) : one.given,
            family: dice.happens(0.3) ? dice.misspelt(one.family) : one.family,
            street: dice.happens(0.3) ? '' : dice.misspeltIn(one.street, 0.3),
            city: dice.happens(0.2) ? '' : one.city,
            born: dice.happens(0.2) ? '' : one.born,
          };
      for (let other = first; other < rows.length; other++) gold.push([other, rows.length]);
      rows.push({ fields, source: null });
    }
  }
  return { rows, gold };
}

/** Two lists without copies of products that differ from others of their series in the colour alone. */
export function listsOfVariants(series: number, seed: number): GeneratedSet {
  const dice = new Dice(seed);
  const rows: GeneratedSet['rows'][number][] = [];
  const gold: [number, number][] = [];
  const brands = Array.from({ length: 25 }, () => dice.word());
  for (let no = 0; no < series; no++) {
    const [brand, name, kind] = [dice.of(brands), dice.word(), dice.of(['camera', 'speaker', 'printer', 'lamp'])];
    const from = dice.below(colours.length);
    for (let at = 0; at < 2 + dice.below(3); at++) {
      const title = `${brand} ${name} ${colours[(from + at) % colours.length]} ${kind}`;
      const one = { title, brand, description: Array.from({ length: 6 }, () => dice.word()).join(' ') };
      const [first, second] = [dice.happens(0.8), dice.happens(0.8)];
      if (first && second) gold.push([rows.length, rows.length + 1]);
      if (first) rows.push({ fields: one, source: 'a' });
      const changed = {
        ...one,
        title: dice.misspeltIn(title, 0.2),
        description: dice.happens(0.5) ? '' : one.description,
      };
      if (second) rows.push({ fields: changed, source: 'b' });
    }
  }
  return { rows, gold };
}

export function writeGenerated(folder: string, type: string, { rows, gold }: GeneratedSet): void {
  mkdirSync(folder, { recursive: true });
  const texts = rows.map(({ fields }) => Object.values(fields).filter(Boolean).join(', '));
  const records = rows.map(({ fields, source }, at) =>
    JSON.stringify({ id: `x${at}`, type, text: texts[at], fields, ...(source === null ? {} : { source }) }),
  );
  const vectors = Float32Array.from(texts.flatMap((text) => [...vectorOf(text)]));
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ n: rows.length, dim: dimensions }));
  writeFileSync(join(folder, 'records.jsonl'), `${records.join('\n')}\n`);
  writeFileSync(join(folder, 'gold.csv'), `id_a,id_b\n${gold.map(([one, other]) => `x${one},x${other}\n`).join('')}`);
  writeFileSync(join(folder, 'embeddings.f32'), new Uint8Array(vectors.buffer));
}

/** Counts of letter trigrams, each with a sign, at places that a hash gives; of length one. */
function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(dimensions);
  const padded = ` ${text.toLowerCase()} `;
  for (let at = 0; at + 3 <= padded.length; at++) {
    let hash = 2_166_136_261;
    for (const letter of padded.slice(at, at + 3)) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619) >>> 0;
    const place = hash % dimensions;
    vector[place] = (vector[place] ?? 0) + ((hash >>> 20) % 2 === 0 ? 1 : -1);
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
