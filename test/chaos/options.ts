import { parseArgs } from 'node:util';
import type { Fault, StoreName } from './fault.ts';

export interface ChaosOptions {
  readonly seeds: readonly number[];
  readonly stores: readonly StoreName[];
  readonly faults: readonly Fault[];
  /** Every fault plays every seed; else they take turns. */
  readonly everyFault: boolean;
  /** No seed begins after so many; `null`: all are played. */
  readonly minutes: number | null;
  readonly json: boolean;
  /** Put the table into docs/faults.md. */
  readonly write: boolean;
}

const help = `npm run chaos -- [options]

  --seeds N          play seeds 1 to N on each store; the faults take turns (default 20)
  --seed N           play this one seed, with each of the chosen faults
  --from N           begin at seed N instead of 1
  --minutes N        begin no seed after so many minutes
  --store NAME       postgres, weaviate or all (default all)
  --fault, --faults  names, separated by commas (default: every one)
  --json             print the results as one JSON document
  --write            put the table into docs/faults.md
  --help

Faults:
`;

/** `null` when there is nothing to do but what has been said. */
export function parseOptions(args: readonly string[], known: readonly Fault[]): ChaosOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '20' },
      seed: { type: 'string' },
      from: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      store: { type: 'string', default: 'all' },
      fault: { type: 'string' },
      faults: { type: 'string' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help + known.map((one) => `  ${one.name.padEnd(20)} ${one.title}\n`).join(''));
    return null;
  }
  const names = (values.fault ?? values.faults)?.split(',');
  const unknown = names?.filter((name) => !known.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0) return refuse(`there is no fault ${unknown.join(', ')}; see --help`);
  if (!['postgres', 'weaviate', 'all'].includes(values.store)) return refuse('--store is postgres, weaviate or all');
  const numbers = [values.seeds, values.seed ?? '1', values.from, values.minutes ?? '1'].map(Number);
  if (!numbers.every((one) => Number.isInteger(one) && one > 0))
    return refuse('seeds and minutes are whole numbers from 1');
  const [count = 1, single = 1, from = 1] = numbers;
  const stores: StoreName[] = ['postgres', 'weaviate'];
  return {
    seeds: values.seed === undefined ? Array.from({ length: count }, (_, at) => from + at) : [single],
    stores: stores.filter((one) => values.store === 'all' || values.store === one),
    faults: known.filter((one) => names?.includes(one.name) ?? true),
    everyFault: values.seed !== undefined,
    minutes: values.minutes === undefined ? null : Number(values.minutes),
    json: values.json,
    write: values.write,
  };
}

function refuse(problem: string): null {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 2;
  return null;
}
