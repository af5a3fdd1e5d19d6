import { parseArgs } from 'node:util';
import { type SeedResult, simulate } from './simulate.ts';

const help = `npm run simulate -- [options]

  --seed N      the first seed (default 1)
  --count N     how many seeds (default 1000; 1 where --seed is given)
  --history     print the histories of the seeds' executions as JSON
  --help
`;

/** Plays the seeds, prints those that broke a rule, and returns the process's exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      count: { type: 'string' },
      history: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const first = Number(values.seed ?? 1);
  const count = Number(values.count ?? (values.seed === undefined ? 1000 : 1));
  if (![first, count].every((one) => Number.isInteger(one) && one > 0)) {
    process.stderr.write('--seed and --count are whole numbers from 1\n');
    return 2;
  }
  const results: SeedResult[] = [];
  const startedAt = performance.now();
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulate(seed);
    results.push(result);
    for (const finding of result.findings) process.stdout.write(`seed ${seed} (${result.kind}): ${finding}\n`);
    if (result.findings.length > 0) process.stdout.write(`  again: npm run simulate -- --seed ${seed}\n`);
    if (values.history) process.stdout.write(`${JSON.stringify(result.histories)}\n`);
  }
  process.stdout.write(summary(results, (performance.now() - startedAt) / 1000));
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

function summary(results: readonly SeedResult[], seconds: number): string {
  const failing = results.filter(({ findings }) => findings.length > 0).length;
  const sum = (count: (result: SeedResult) => number) => results.reduce((total, one) => total + count(one), 0);
  const endings = Map.groupBy(results, ({ status }) => status);
  const counts = [...endings].map(([status, those]) => `${those.length} ${status}`).join(', ');
  return (
    `${results.length} seeds in ${seconds.toFixed(1)} s (${Math.round((results.length / seconds) * 60)} a minute), ` +
    `${failing} broke a rule\n${counts}\n` +
    `${sum(({ executions }) => executions)} executions, ${sum(({ events }) => events)} events, ` +
    `${sum(({ crashes }) => crashes)} lost workers\n`
  );
}
