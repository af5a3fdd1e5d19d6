/** How much a word tells: the logarithm of how rare it is among the values of one property. */
export class WordWeights {
  readonly #valuesWith = new Map<string, number>();
  readonly #values: number;

  constructor(values: readonly (readonly string[])[]) {
    this.#values = values.length;
    for (const words of values) {
      for (const word of new Set(words)) this.#valuesWith.set(word, (this.#valuesWith.get(word) ?? 0) + 1);
    }
  }

  weight(word: string): number {
    return Math.log(1 + this.#values / (this.#valuesWith.get(word) ?? 1));
  }
}
