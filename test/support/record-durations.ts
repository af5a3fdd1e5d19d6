import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { durationsFile, readDurations } from './longest-first.ts';

/** Writes how long each file took, for the next run to start with the longest. */
export default class RecordDurations implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const durations = { ...readDurations() };
    for (const module of modules) {
      const { duration, collectDuration } = module.diagnostic();
      durations[relative(process.cwd(), module.moduleId)] = Math.round((duration + collectDuration) / 100) / 10;
    }
    const sorted = Object.entries(durations).sort(([a], [b]) => (a < b ? -1 : 1));
    writeFileSync(durationsFile, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
  }
}
