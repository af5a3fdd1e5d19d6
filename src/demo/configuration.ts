import { writeFileSync } from 'node:fs';
import type { Config, JobSettings } from '../config/config.ts';
import { demoFileOf } from '../config/config-file.ts';
import { ensureDataDir } from '../local/data-dir.ts';

const text = `# Written by \`coppice up --demo\`. Commands use this file while the folder has no coppice.yaml: copy it there to change it.
collections:
  documents: {kind: documents}
  memories: {kind: memories}
  questions: {kind: queries}
  profiles: {kind: attributes}
graphs:
  graph: {}
# Nothing listens at 127.0.0.1:9. The page there cannot be fetched, so its workspace becomes a dead letter.
sources: {allow: ["127.0.0.1"], ports: [9]}
jobs:
  document-refresh: {retry: {max_retries: 1, retry_delay_seconds: 1}}
`;

/** Writes the configuration of the demo into the data directory, where it is not there yet. */
export function writeDemoFile(dataDir: string): void {
  ensureDataDir(dataDir);
  try {
    writeFileSync(demoFileOf(dataDir), text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Whether the demo may fill every kind of collection: the configuration is its own. */
export function isOfDemo({ file, dataDir }: Config): boolean {
  return file === demoFileOf(dataDir);
}

const lowerAgeDays = 45;

interface Firing {
  readonly job: string;
  readonly name: string;
  /** After the start. Jobs that read what others wrote fire after these have ended, on a slow machine too. */
  readonly inMs: number;
  readonly parameters?: JobSettings['schedules'][number]['parameters'];
}

/** The first removes what has expired. The second has a lower age limit, under which more is due than the brake lets go. */
const onDocuments: readonly Firing[] = [
  { job: 'ttl-cleanup', name: 'demo', inMs: 6_000 },
  { job: 'ttl-cleanup', name: 'demo-held', inMs: 16_000, parameters: { max_age_days: lowerAgeDays } },
];
const onSamples: readonly Firing[] = [
  { job: 'topic-extraction', name: 'demo', inMs: 18_000 },
  { job: 'memory-dedup', name: 'demo', inMs: 20_000 },
  { job: 'deduplicate-facts', name: 'demo', inMs: 22_000 },
  { job: 'profile-maintenance', name: 'demo', inMs: 24_000 },
  { job: 'document-refresh', name: 'demo', inMs: 26_000 },
  { job: 'insight-generation', name: 'demo', inMs: 30_000 },
  { job: 'weekly-report', name: 'demo', inMs: 36_000 },
];

export const firstFiringMs = 6_000;

/** The configuration with one-time schedules, each of which fires once, shortly. */
export function demoConfig(config: Config, now: Date): Config {
  const firings = isOfDemo(config) ? [...onDocuments, ...onSamples] : onDocuments;
  const added = Map.groupBy(firings, ({ job }) => job);
  return {
    ...config,
    jobs: config.jobs.map((settings) => ({
      ...settings,
      schedules: [
        ...settings.schedules,
        ...(added.get(settings.job.id) ?? []).map(({ name, inMs, parameters }) => ({
          ...{ name, enabled: true, once: new Date(now.getTime() + inMs).toISOString() },
          ...(parameters === undefined ? {} : { parameters }),
        })),
      ],
    })),
  };
}
