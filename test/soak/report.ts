import { fileURLToPath } from 'node:url';
import { table } from '../../tools/docs/markdown.ts';
import { provenance, writeMarkedSection } from '../../tools/docs/marked-section.ts';
import type { LetterKind } from './dead-letters.ts';
import { type Flatness, flatnessOf, warmedUp } from './flatness.ts';
import type { Gauge } from './gauges.ts';
import type { SoakOptions } from './options.ts';

export interface SoakResult {
  readonly seconds: number;
  /** Runs by job and by status. */
  readonly runs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Partitions that were given up, by reason. */
  readonly letters: readonly LetterKind[];
  readonly faults: Readonly<Record<string, number>>;
  readonly gauges: readonly Gauge[];
  /** Everything that is not as it should be, a sentence each. */
  readonly problems: readonly string[];
}

export interface Measured extends Flatness {
  readonly name: string;
  readonly unit: string;
}

export function measured({ gauges, seconds }: Pick<SoakResult, 'gauges' | 'seconds'>): Measured[] {
  return gauges.map(({ name, unit, leeway, series }) => {
    return { name, unit, ...flatnessOf(warmedUp(series, seconds), leeway) };
  });
}

export function resultJson({ seconds, runs, letters, faults, problems, gauges }: SoakResult) {
  return {
    seconds: Math.round(seconds),
    runs,
    dead_letters: letters,
    faults,
    gauges: measured({ gauges, seconds }),
    problems,
  };
}

export function markdown(result: SoakResult): string {
  const gauges = measured(result).map(({ name, unit, samples, median, most, rise, allowed, flat }) => {
    const value = (number: number) => `${number.toFixed(unit === '' ? 0 : 1)}${unit === '' ? '' : ` ${unit}`}`;
    const verdict = flat === null ? 'too few samples' : flat ? 'yes' : 'NO';
    return [name, `${samples}`, value(median), value(most), value(rise), value(allowed), verdict];
  });
  const jobs = Object.entries(result.runs).map(([job, statuses]) => {
    return [
      `\`${job}\``,
      Object.entries(statuses)
        .map(([status, count]) => `${count} ${status}`)
        .join(', '),
    ];
  });
  const letters = result.letters.map(({ job, collection, error, count, first }) => {
    return [`\`${job}\``, collection, error, `${count}`, `${first}`];
  });
  const faults = Object.entries(result.faults).map(([name, count]) => [name, `${count}`]);
  return [
    table(['measure', 'samples', 'median', 'most', 'rise', 'allowed', 'flat'], gauges),
    table(['job', 'runs'], jobs),
    ...(letters.length === 0
      ? ['No partition was given up.']
      : [table(['given up by', 'collection', 'reason', 'times', 'first after seconds'], letters)]),
    table(['fault', 'times'], faults),
    ...result.problems.map((problem) => `- ${problem}`),
  ].join('\n\n');
}

export function writeSoak(options: SoakOptions, result: SoakResult): void {
  const page = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
  const command = `npm run soak -- --minutes ${options.minutes} --every ${options.everySeconds} --write`;
  const versions = 'PostgreSQL 16 with pgvector, Weaviate 1.35, FalkorDB, Neo4j, Temporal dev server';
  const body = `${provenance(command, versions)}\n\n${markdown(result)}`;
  writeMarkedSection(page, '# Faults\n', 'Figures of a soak', body);
}
