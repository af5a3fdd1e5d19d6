import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { seededRandom } from '../src/domain/random.ts';
import { createSimilaritySearch } from '../src/similarity/similarity-search.ts';
import { pythonEnvironment } from '../tools/servers/python-env.ts';
import type { Bench } from './options.ts';
import { print, type Section, whole } from './report.ts';
import { log } from './servers.ts';
import { median, ratios } from './statistics.ts';
import { writeSection } from './write-docs.ts';

const usualVectors = 20_000;
const dimensions = 384;
const k = 10;
const threads = 2;
/** The recall is measured once; above this many vectors the sorting in numpy takes longer than the rest. */
const mostForRecall = 30_000;
const run = promisify(execFile);

const roundSchema = z.object({ product: z.number(), all: z.number(), version: z.string() });

export const neighboursBench: Bench = {
  name: 'neighbours',
  title: `the ten nearest of each of ${whole(usualVectors)} vectors, exactly, against numpy's blocked product`,
  usage: `npm run bench -- neighbours [--rows ${usualVectors}] [--rounds 7] [--write]   (rows: vectors)`,
  async run(given) {
    const count = given.rows ?? usualVectors;
    const section = await compare(count, given.rounds);
    print(section);
    const command = `npm run bench -- neighbours --rows ${count} --rounds ${given.rounds} --write`;
    if (given.write) writeSection(`neighbours ${count}`, command, section);
  },
};

async function compare(count: number, rounds: number): Promise<Section> {
  const python = await pythonEnvironment(log, 'bench-requirements.txt');
  const vectors = clusteredVectors(count);
  const folder = mkdtempSync(join(tmpdir(), 'coppice-bench-'));
  const search = createSimilaritySearch({ threads });
  const [ours, theirs]: [number[], number[]] = [[], []];
  let [version, recall, megabytes] = ['?', 'not measured', 0];
  try {
    const file = join(folder, 'vectors');
    writeFileSync(file, vectors);
    const numpy = async (out: string) => {
      const script = join(import.meta.dirname, 'numpy_neighbours.py');
      const env = { ...process.env, OPENBLAS_NUM_THREADS: String(threads) };
      const asked = [script, file, count, dimensions, k, out].map(String);
      return roundSchema.parse(JSON.parse((await run(python, asked, { env })).stdout));
    };
    const find = async () => {
      const packed = search.vectors(count, dimensions);
      for (let row = 0; row < count; row++) packed.set(row, vectors.subarray(row * dimensions, (row + 1) * dimensions));
      return search.cosineNeighbours(packed, { k, floor: 0 });
    };
    for (let round = 1; round <= rounds; round++) {
      const started = performance.now();
      await find();
      ours.push((performance.now() - started) / 1000);
      megabytes = Math.max(megabytes, process.memoryUsage().rss / 2 ** 20);
      const said = await numpy('-');
      theirs.push(said.product);
      version = said.version;
      log(`round ${round}: ours ${ours.at(-1)?.toFixed(2)} s, numpy's product ${said.product.toFixed(2)} s`);
    }
    if (count <= mostForRecall) {
      await numpy(join(folder, 'nearest'));
      recall = recallOf((await find()).indices, readFileSync(join(folder, 'nearest')), count).toFixed(6);
    }
  } finally {
    await search.close();
    rmSync(folder, { recursive: true });
  }
  const shares = ratios(ours, theirs);
  const seconds = (sample: readonly number[]) =>
    `${median(sample).toFixed(2)} (worst ${Math.max(...sample).toFixed(2)})`;
  return {
    versions: `numpy ${version}`,
    header: ['contestant', 'seconds, median and worst'],
    rows: [
      ['Coppice: packing, products, ten nearest', seconds(ours)],
      ['numpy: the blocked product alone', seconds(theirs)],
    ],
    facts: [
      ['vectors, dimensions, threads of either', `${whole(count)}, ${dimensions}, ${threads}`],
      [
        'Coppice ÷ numpy: median and worst of rounds',
        `${median(shares).toFixed(2)} (worst ${Math.max(...shares).toFixed(2)})`,
      ],
      ['recall of the ten nearest', recall],
      ['resident memory of the process, vectors included twice, MB', whole(megabytes)],
    ],
  };
}

/** Unit vectors around a hundred centres, as texts of some topics have them. */
function clusteredVectors(count: number): Float32Array {
  const random = seededRandom(1);
  const centres = Float32Array.from({ length: 100 * dimensions }, () => random() - 0.5);
  const vectors = new Float32Array(count * dimensions);
  for (let row = 0; row < count; row++) {
    const centre = Math.floor(random() * 100) * dimensions;
    let squares = 0;
    for (let at = 0; at < dimensions; at++) {
      const value = (centres[centre + at] ?? 0) + 1.5 * (random() - 0.5);
      vectors[row * dimensions + at] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let at = 0; at < dimensions; at++) {
      vectors[row * dimensions + at] = (vectors[row * dimensions + at] ?? 0) * scale;
    }
  }
  return vectors;
}

function recallOf(ours: Int32Array, bytes: Buffer, count: number): number {
  const theirs = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  let found = 0;
  for (let row = 0; row < count; row++) {
    const own = new Set(ours.subarray(row * k, (row + 1) * k));
    for (let at = row * k; at < (row + 1) * k; at++) if (own.has(theirs[at] ?? -1)) found++;
  }
  return found / (count * k);
}
