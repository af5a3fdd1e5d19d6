import { parseArgs } from 'node:util';

export interface SoakOptions {
  readonly minutes: number;
  /** A schedule of each job starts a run so often. */
  readonly everySeconds: number;
  readonly neo4j: boolean;
  readonly json: boolean;
  /** Put the table into docs/faults.md. */
  readonly write: boolean;
}

const help = `npm run soak -- [options]

  --minutes N   how long to run (default 60)
  --every N     seconds between two runs of each job (default 20)
  --no-neo4j    leave Neo4j out, which needs Java and a gigabyte
  --json        print the results as one JSON document
  --write       put the table into docs/faults.md
  --help
`;

/** `null` where nothing is left to do. */
export function parseOptions(args: readonly string[]): SoakOptions | null {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      minutes: { type: 'string', default: '60' },
      every: { type: 'string', default: '20' },
      neo4j: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return null;
  }
  const [minutes, everySeconds] = [Number(values.minutes), Number(values.every)];
  if (!(minutes > 0) || !(everySeconds >= 1)) {
    process.stderr.write('--minutes is a number above 0, and --every is at least 1\n');
    process.exitCode = 2;
    return null;
  }
  return { minutes, everySeconds, neo4j: values.neo4j, json: values.json, write: values.write };
}
