/**
 * `npm run bench -- NAME` measures on real servers that it starts itself; without a name it lists what there is.
 */
import { parseArgs } from 'node:util';
import { documentRefreshBench } from './document-refresh.ts';
import { graphKernelsBench } from './graph-kernels.ts';
import { graphRecomputeBench } from './graph-recompute.ts';
import { groupMaintenanceBench } from './group-maintenance.ts';
import { httpApiBench } from './http-api.ts';
import { memoryDecayBench } from './memory-decay.ts';
import { memoryDedupBench } from './memory-dedup.ts';
import { neighboursBench } from './neighbours.ts';
import { pagesBench } from './pages.ts';
import { profileMaintenanceBench } from './profile-maintenance.ts';
import { startUpBench } from './start-up.ts';
import { topicExtractionBench } from './topic-extraction.ts';
import { ttlCleanupBench } from './ttl-cleanup.ts';
import { workersBench } from './workers.ts';

const benchmarks = [
  ttlCleanupBench,
  memoryDecayBench,
  memoryDedupBench,
  documentRefreshBench,
  profileMaintenanceBench,
  topicExtractionBench,
  graphKernelsBench,
  groupMaintenanceBench,
  graphRecomputeBench,
  neighboursBench,
  pagesBench,
  httpApiBench,
  startUpBench,
  workersBench,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    compare: { type: 'string' },
    rows: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    partitions: { type: 'string', default: '10000' },
    write: { type: 'boolean', default: false },
  },
});
const [name, ...more] = positionals;
const found = benchmarks.find((one) => one.name === name);
if (name === undefined) list();
else if (found === undefined || more.length > 0) {
  process.stderr.write(`Unknown benchmark: ${positionals.join(' ')}\n`);
  list();
  process.exitCode = 2;
} else {
  await found.run({
    compare: values.compare ?? null,
    rows: values.rows === undefined ? null : atLeast('rows', values.rows, 1000),
    rounds: atLeast('rounds', values.rounds, 1),
    partitions: atLeast('partitions', values.partitions, 1),
    write: values.write,
  });
}

function list(): void {
  for (const one of benchmarks) process.stdout.write(`${one.name}  ${one.title}\n    ${one.usage}\n`);
}

function atLeast(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  process.stderr.write(`--${option} is a whole number of at least ${least}\n`);
  process.exit(2);
}
