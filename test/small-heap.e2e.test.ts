import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const mebibyte = 1024 ** 2;

/** Makes objects of which many survive the next collection, as the answers to many requests at once do. */
const program = (limited: boolean) => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate as turn } from 'node:timers/promises';
  import { limitNewSpace } from './dist/small-heap.js';
  if (${limited}) limitNewSpace(16 * 1024 ** 2);
  let most = 0;
  let kept = [];
  for (let round = 0; round < 60; round += 1) {
    for (let at = 0; at < 30_000; at += 1) kept.push({ at, text: 'object ' + at });
    if (kept.length > 60_000) kept = kept.slice(30_000);
    await turn();
    most = Math.max(most, getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size);
  }
  process.stdout.write(String(most));
  process.exit();`;

async function largestNewSpace(limited: boolean): Promise<number> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program(limited)]);
  return Number(stdout) / mebibyte;
}

it('the space for new objects of a server stays far below what V8 lets it become', async () => {
  expect(await largestNewSpace(true)).toBeLessThanOrEqual(32);
  expect(await largestNewSpace(false)).toBeGreaterThan(32);
});
