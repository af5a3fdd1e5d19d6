/** A table of the page while it is read. */
export class Table {
  /** True when it turns out to hold more than cells of text: then its cells are ordinary blocks. */
  layout = false;
  inCell = false;
  readonly #rows: string[][] = [];

  row(): void {
    this.#rows.push([]);
  }

  cell(text: string): void {
    if (this.#rows.length === 0) this.row();
    this.#rows.at(-1)?.push(text.replace(/\s+/g, ' ').replaceAll('|', '\\|'));
  }

  /** What has been read so far, cell by cell, for a table that is only there to place things. */
  takeCells(): string[] {
    return this.#rows
      .splice(0)
      .flat()
      .filter((text) => text !== '');
  }

  /** With the first row as its head. One column is no table. */
  markdown(): string[] {
    const rows = this.#rows.filter((row) => row.some((text) => text !== ''));
    const [head, ...others] = rows;
    if (head === undefined || rows.every((row) => row.length < 2)) return this.takeCells();
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    return [[line(head), line(head.map(() => '---')), ...others.map(line)].join('\n')];
  }
}
