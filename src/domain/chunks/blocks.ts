/** A stretch of a text: from `start` to before `end`, in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Block extends Range {
  readonly kind: 'heading' | 'fence' | 'table' | 'text';
  /** Of a heading: 1 to 6, and its words. */
  readonly level: number;
  readonly title: string;
}

interface OpenBlock {
  readonly kind: 'fence' | 'table' | 'text';
  readonly start: number;
  end: number;
  readonly mark: string;
}

const heading = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
/** A longer line is none, and would take the pattern for headings a long time. */
const longestHeading = 1_000;
const fenceMark = /^ {0,3}(`{3,}|~{3,})/;

/**
 * The blocks of Markdown or plain text: headings, fenced code, tables, and what stands between blank lines. Together
 * they hold every character but blank lines. It is no parser of Markdown, only as much as tells where not to cut.
 */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  // Typed by hand: the compiler does not see that `close` changes it.
  let open = null as OpenBlock | null;
  const close = () => {
    if (open !== null) blocks.push({ kind: open.kind, start: open.start, end: open.end, level: 0, title: '' });
    open = null;
  };
  for (const line of linesOf(text)) {
    const content = text.slice(line.start, line.end).trimEnd();
    const fence = fenceMark.exec(content)?.[1];
    if (open?.kind === 'fence') {
      open.end = line.end;
      const closes = fence?.startsWith(open.mark) === true && content.trim() === fence;
      if (closes) close();
      continue;
    }
    const found = fence === undefined && content.length <= longestHeading ? heading.exec(content) : null;
    const kind = fence !== undefined ? 'fence' : content.trimStart().startsWith('|') ? 'table' : 'text';
    if (content === '' || found !== null || kind === 'fence' || open?.kind !== kind) close();
    if (found !== null) {
      blocks.push({ kind: 'heading', ...line, level: found[1]?.length ?? 1, title: found[2] ?? '' });
    } else if (content !== '') {
      if (open === null) open = { kind, ...line, mark: fence ?? '' };
      else open.end = line.end;
    }
  }
  close();
  return blocks;
}

/** Each line with its end. */
export function* linesOf(text: string, within: Range = { start: 0, end: text.length }): Generator<Range> {
  let start = within.start;
  while (start < within.end) {
    const at = text.indexOf('\n', start);
    const end = at === -1 || at >= within.end ? within.end : at + 1;
    yield { start, end };
    start = end;
  }
}
