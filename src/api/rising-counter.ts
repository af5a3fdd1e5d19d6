import { Counter, type Registry } from 'prom-client';

interface Sample<T extends string> {
  readonly labels: Readonly<Record<T, string>>;
  readonly value: number;
}

/**
 * A counter that is told its values instead of counting. None falls while the process lives, though what is summed under
 * one label may lose a part to another: a counter that falls would look like a restart, and all of it be counted again.
 */
export class RisingCounter<T extends string> {
  readonly #counter: Counter<T>;
  #told = new Map<string, number>();

  constructor(registry: Registry, name: string, help: string, ...labelNames: T[]) {
    this.#counter = new Counter({ name, help, labelNames, registers: [registry] });
  }

  set(samples: readonly Sample<T>[]): void {
    const told = new Map<string, number>();
    this.#counter.reset();
    for (const { labels, value } of samples) {
      const series = JSON.stringify(Object.entries(labels).sort());
      const risen = Math.max(value, this.#told.get(series) ?? 0);
      told.set(series, risen);
      this.#counter.inc(labels, risen);
    }
    this.#told = told;
  }
}
