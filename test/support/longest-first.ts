import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Seconds by file of the last recorded run: `npm run test:all -- --reporter=./test/support/record-durations.ts` writes them. */
export const durationsFile = new URL('../durations.json', import.meta.url);

export function readDurations(): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(durationsFile, 'utf8'));
}

/** Starts the longest files first, so that no worker is left alone with one at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const durations = readDurations();
    // A file that was never recorded may be long.
    const seconds = ({ moduleId }: TestSpecification) => durations[relative(process.cwd(), moduleId)] ?? 30;
    return files.toSorted((a, b) => seconds(b) - seconds(a));
  }
}
