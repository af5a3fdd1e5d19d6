import { median } from './statistics.ts';

/** One benchmark's findings: a table of the contestants, and lines of what else was measured. */
export interface Section {
  readonly versions: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly facts: readonly (readonly [string, string])[];
}

export function print(section: Section): void {
  process.stdout.write(`\n${markdown(section)}\n`);
}

export function markdown({ header, rows, facts }: Section): string {
  return [table(header, rows), ...(facts.length === 0 ? [] : [table(['besides', 'measured'], facts)])].join('\n\n');
}

/** Median and worst of documents a second. */
export function speeds(perSecond: readonly number[]): [string, string] {
  return [whole(median(perSecond)), whole(Math.min(...perSecond))];
}

export function shares(sample: readonly number[]): string {
  return `${median(sample).toFixed(2)} (worst ${Math.min(...sample).toFixed(2)})`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function megabytes(bytes: number | null): string {
  return bytes === null ? 'not known here' : `${whole(bytes / 1e6)} MB`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
