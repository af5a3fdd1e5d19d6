/** Code blocks of a page that say which file they are for. */
export interface Block {
  readonly kind: 'file' | 'diff';
  readonly path: string;
  readonly text: string;
}

/** ```` ```ts PATH ```` is a whole new file, ```` ```diff PATH ```` a change of one that exists. */
export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(([, language, path = '', text = '']) => ({
    kind: language === 'diff' ? 'diff' : 'file',
    path,
    text,
  }));
}

/**
 * Applies a small diff: hunks are parted by `@@`, lines begin with a space, `-` or `+`. The text must contain the lines
 * of a hunk exactly once.
 */
export function applyDiff(text: string, diff: string): string {
  let result = text;
  for (const hunk of diff.split(/^@@\n/m)) {
    const lines = hunk.replace(/\n$/, '').split('\n');
    const before = joined(lines, '+');
    const found = result.split(before).length - 1;
    if (found !== 1) throw new Error(`these lines were found ${found} times, not once:\n${before}`);
    result = result.replace(before, () => joined(lines, '-'));
  }
  return result;
}

/** The lines without those of one sign, and without their signs. */
function joined(lines: readonly string[], without: '+' | '-'): string {
  return lines
    .filter((line) => !line.startsWith(without))
    .map((line) => `${line.slice(1)}\n`)
    .join('');
}
