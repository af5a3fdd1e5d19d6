import type { ErrorJson } from '../domain/run.ts';
import type { Terminal } from './invocation.ts';
import { bold, dim, red } from './style.ts';

/** Where a command's words go: results to standard output, everything else to standard error. */
export interface Output {
  readonly json: boolean;
  /** Whether a person looks on: the result goes to a terminal, and not as JSON. */
  readonly interactive: boolean;
  /** One JSON document, or the lines made for people. */
  result(value: unknown, human: () => readonly string[]): void;
  /** A remark beside the result. */
  note(line: string): void;
  error(error: unknown): void;
}

export function createOutput(json: boolean, { stdout, stderr }: Terminal): Output {
  return {
    json,
    interactive: !json && stdout.isTTY === true,
    result: (value, human) => {
      stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${human().join('\n')}\n`);
    },
    note: (line) => {
      stderr.write(`${line}\n`);
    },
    error: (error) => {
      const one = errorJsonOf(error);
      if (json) stdout.write(`${JSON.stringify({ error: one }, null, 2)}\n`);
      else stderr.write(`${red('error:')} ${one.message}\n${one.hint === null ? '' : `${dim(one.hint)}\n`}`);
    },
  };
}

export function errorJsonOf(error: unknown): ErrorJson {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), hint: null };
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : null;
  // Several addresses tried, several refusals: the message of the whole is empty.
  const message = error.message || ('code' in error ? String(error.code) : error.name);
  return { name: error.name, message, hint };
}

/** Columns aligned, the first row a heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows.map((row, at) => {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
    return at === 0 ? bold(line) : line;
  });
}

/** Names from a store on one line of a terminal: control characters shown, never sent. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Control characters, line separators, and the controls of bidirectional text, which reorder what follows them on the screen. */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
