import { table } from '../../../tools/docs/markdown.ts';
import type { Fault, StoreName } from '../fault.ts';
import type { SeedResult } from './run-seed.ts';

interface Line {
  readonly fault: Fault;
  readonly store: StoreName;
  seeds: number;
  injected: number;
  differences: number;
  leftOut: string | null;
}

/** Results of all seeds, by fault and store. */
export class Tally {
  readonly #lines = new Map<string, Line>();

  get differences(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.differences, 0);
  }

  add(fault: Fault, store: StoreName, result: SeedResult): void {
    const line = this.#line(fault, store);
    line.seeds += 1;
    line.injected += result.injected;
    line.differences += result.differences.length;
  }

  leaveOut(fault: Fault, store: StoreName, reason: string): void {
    this.#line(fault, store).leftOut = reason;
  }

  json() {
    return [...this.#lines.values()].map(({ fault, store, seeds, injected, differences, leftOut }) => ({
      fault: fault.name,
      store,
      seeds,
      injected,
      differences,
      left_out: leftOut,
    }));
  }

  markdown(): string {
    const header = ['fault', 'what happens', 'store', 'seeds', 'faults injected', 'differences'];
    const sum = (count: (line: Line) => number) => [...this.#lines.values()].reduce((all, one) => all + count(one), 0);
    const totals = [sum((one) => one.seeds), sum((one) => one.injected), this.differences].map(String);
    const rows = this.#sorted().map((line) => [
      line.fault.name,
      line.fault.title,
      line.store,
      ...(line.leftOut === null
        ? [String(line.seeds), String(line.injected), String(line.differences)]
        : ['0', `left out: ${line.leftOut}`, '']),
    ]);
    return table(header, [...rows, ['all', '', '', ...totals]]);
  }

  /** Faults in the order of their first seed, the stores side by side. */
  #sorted(): Line[] {
    return [...Map.groupBy(this.#lines.values(), (line) => line.fault.name).values()].flat();
  }

  #line(fault: Fault, store: StoreName): Line {
    const key = `${fault.name} ${store}`;
    const found = this.#lines.get(key);
    if (found !== undefined) return found;
    const line = { fault, store, seeds: 0, injected: 0, differences: 0, leftOut: null };
    this.#lines.set(key, line);
    return line;
  }
}
