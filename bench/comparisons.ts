import type { Bench, BenchOptions } from './options.ts';
import { print, type Section } from './report.ts';
import { type Servers, withServers } from './servers.ts';
import { writeSection } from './write-docs.ts';

export interface Comparisons {
  readonly name: string;
  readonly title: string;
  /** Options beside `--compare` and `--write`. */
  readonly options: string;
  /** Comparisons by the name that `--compare` takes, with their default number of rows. */
  readonly comparisons: Readonly<
    Record<string, { readonly rows: number; compare(servers: Servers, options: BenchOptions): Promise<Section> }>
  >;
}

/** Comparisons that are made for a number of partitions. */
const counted: ReadonlySet<string> = new Set(['partitions', 'processes']);

/** A benchmark of several comparisons, each with a table of its own. */
export function benchOf({ name, title, options, comparisons }: Comparisons): Bench {
  const usage = `npm run bench -- ${name} [--compare ${Object.keys(comparisons).join('|')}] ${options} [--write]`;
  return {
    ...{ name, title, usage },
    async run(given) {
      const names = given.compare === null ? Object.keys(comparisons) : [given.compare];
      for (const which of names) {
        const comparison = comparisons[which];
        if (comparison === undefined) throw new Error(`there is no comparison '${which}': ${usage}`);
        const rows = given.rows ?? comparison.rows;
        const section = await withServers((servers) => comparison.compare(servers, { ...given, rows }));
        print(section);
        const partitions = counted.has(which) ? ` --partitions ${given.partitions}` : '';
        const command = `npm run bench -- ${name} --compare ${which} --rows ${rows} --rounds ${given.rounds}${partitions} --write`;
        if (given.write) writeSection(`${name} ${which}`, command, section);
      }
    },
  };
}
