interface Cell {
  readonly text: string;
  readonly columns: number;
  readonly rows: number;
  readonly isHead: boolean;
}

/** Wider than any table of text; more would multiply a page. */
const mostColumns = 50;
/** A longer text is not said again in each row that it spans. */
const longestRepeated = 100;

/** A table of the page while it is read. */
export class Table {
  /** True when it turns out to hold more than cells of text: then its cells are ordinary blocks. */
  layout = false;
  inCell = false;
  /** True in a row that is a heading between two parts of the table. */
  inSection = false;
  readonly #rows: Cell[][] = [];

  row(): void {
    this.inSection = false;
    this.#rows.push([]);
  }

  cell(text: string, isHead = false, attributes: Readonly<Record<string, string>> = {}): void {
    if (this.#rows.length === 0) this.row();
    const columns = Math.max(1, span(attributes.colspan));
    const rows = span(attributes.rowspan);
    this.#rows.at(-1)?.push({ text: text.replace(/\s+/g, ' ').replaceAll('|', '\\|'), columns, rows, isHead });
  }

  /** The rows so far are a table of their own; until the next row the content is no cell's. */
  beginSection(): void {
    this.#rows.length = 0;
    this.inSection = true;
    this.layout = true;
    this.inCell = false;
  }

  /** Returns the cells that were read so far, for a table that only places things. */
  takeCells(): string[] {
    return this.#rows
      .splice(0)
      .flat()
      .map(({ text }) => text)
      .filter((text) => text !== '');
  }

  /** One column is no table. */
  markdown(): string[] {
    const rows = this.#rows.filter((row) => row.some(({ text }) => text !== ''));
    if (rows.every((row) => row.length < 2)) return this.takeCells();
    const heads = headRows(rows);
    const grid = gridOf(rows, heads);
    const head = (grid[0] ?? []).map((_, column) => distinct(grid.slice(0, heads).map((row) => row[column] ?? '')));
    const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    return [[line(head), line(head.map(() => '---')), ...grid.slice(heads).map(line)].join('\n')];
  }
}

/** Rows of nothing but heads are one head, so that each column has the names above it; otherwise the first row is. */
function headRows(rows: readonly (readonly Cell[])[]): number {
  const at = rows.findIndex((row) => row.some(({ isHead }) => !isHead));
  return at < 1 ? 1 : at;
}

/**
 * Texts by row and column. A cell that spans rows counts in each of them; one that spans columns counts in its first, heads
 * count in all. A cell that is alone in its row may span as much as it likes without making the table wider.
 */
function gridOf(rows: readonly (readonly Cell[])[], heads: number): string[][] {
  const spanning: ({ text: string; until: number } | undefined)[] = [];
  let width = 1;
  const grid = rows.map((row, y) => {
    const isHead = y < heads;
    const texts: string[] = [];
    let x = 0;
    const fill = () => {
      for (let above = spanning[x]; above !== undefined && above.until > y; above = spanning[++x])
        texts[x] = above.text;
    };
    for (const { text, columns, rows: tall } of row) {
      fill();
      const until = tall === 0 ? rows.length : y + tall;
      for (let right = 0; right < columns && x < mostColumns; right++, x++) {
        texts[x] = right === 0 || isHead ? text : '';
        if (until > y + 1) spanning[x] = { text: text.length <= longestRepeated ? (texts[x] ?? '') : '', until };
        if (row.length > 1 || right === 0) width = Math.max(width, x + 1);
      }
    }
    fill();
    return texts;
  });
  return grid.map((texts) => Array.from({ length: width }, (_, x) => texts[x] ?? ''));
}

function distinct(texts: readonly string[]): string {
  return [...new Set(texts.filter((text) => text !== ''))].join(' ');
}

/** 0 means "to the end", as HTML has it for rows. */
function span(value: string | undefined): number {
  return value !== undefined && /^\s*\d{1,5}/.test(value) ? Math.min(1_000, Number.parseInt(value, 10)) : 1;
}
