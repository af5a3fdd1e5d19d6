import type { Reading } from './line-fields.ts';
import type { InputLine } from './lines-of-file.ts';
import { ProblemList } from './problem-list.ts';
import { type NumberedLine, type WriteLines, writeAccepted } from './write-accepted.ts';

export interface LineLoader<Line> {
  read(line: InputLine): Reading<Line>;
  write: WriteLines<Line>;
  /** The order in which lines of a batch are written; that of the input without it. */
  readonly order?: (a: Line, b: Line) => number;
  /** Called with lines that were written. */
  readonly onWritten?: (lines: readonly Line[]) => void;
}

export interface LoadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the lines read and those of them written so far. */
  readonly onProgress?: ((progress: { lines: number; loaded: number }) => void) | undefined;
}

/** Lines that are written together. */
const batchLines = 1_000;

/** Loads lines of JSON. Bad lines are reported by number, and the others are loaded. */
export async function loadLines<Line>(
  source: AsyncIterable<InputLine>,
  { read, write, order, onWritten }: LineLoader<Line>,
  { signal, onProgress }: LoadOptions,
): Promise<{ readonly loaded: number; readonly problems: ProblemList }> {
  const problems = new ProblemList();
  let batch: NumberedLine<Line>[] = [];
  let [number, loaded] = [0, 0];
  const flush = async () => {
    if (batch.length === 0) return;
    const ordered = order === undefined ? batch : batch.toSorted((a, b) => order(a.line, b.line));
    const written = await writeAccepted(write, ordered, problems, signal);
    onWritten?.(written);
    loaded += written.length;
    onProgress?.({ lines: number, loaded });
    batch = [];
  };
  for await (const line of source) {
    number += 1;
    signal?.throwIfAborted();
    if (typeof line === 'string' && line.trim() === '') continue;
    const reading = read(line);
    if ('problem' in reading) problems.add(number, reading.problem);
    else batch.push({ number, line: reading.line });
    if (batch.length >= batchLines) await flush();
  }
  await flush();
  return { loaded, problems };
}
