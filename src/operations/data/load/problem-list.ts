export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

const keptProblems = 100;

/** Counts lines that could not be loaded and keeps the first hundred of them, in whatever order they are found. */
export class ProblemList {
  #count = 0;
  #problems: LineProblem[] = [];

  add(line: number, message: string): void {
    this.#count++;
    this.#problems.push({ line, message });
    if (this.#problems.length >= 2 * keptProblems) this.#problems = this.first();
  }

  get count(): number {
    return this.#count;
  }

  first(): LineProblem[] {
    return this.#problems.toSorted((a, b) => a.line - b.line).slice(0, keptProblems);
  }
}
