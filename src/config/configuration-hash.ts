import type { Config } from './config.ts';
import { digestOf } from './digest.ts';

/**
 * Digest of everything that decides what runs do: two processes that differ in it do not run the same configuration.
 * Addresses, secrets, logging and the HTTP API are no part of it, because they may differ from one machine to the other.
 * A schedule that fires once is no part of it either: `coppice up --demo` adds some. Defaults belong to it, so a release may change it; compare processes of one release.
 */
export function configurationHash(config: Config): string {
  const { installation, schedulesEnabled, alerts, embeddings, model, sources, collections, graphs } = config;
  return digestOf({
    ...{ installation, schedulesEnabled, alerts, sources, collections, graphs },
    intelligence: Object.keys(config.intelligence.tables).length === 0 ? null : config.intelligence,
    schedulePrefix: config.temporal.schedulePrefix,
    embeddings: { ...embeddings, apiKey: null, url: null },
    model: model === null ? null : { ...model, apiKey: null, url: null },
    plugins: config.plugins.map(({ name, version, digest }) => ({ name, version, digest })),
    jobs: config.jobs.map(({ job, schedules, ...settings }) => ({
      ...{ id: job.id, ...settings },
      schedules: schedules.filter(({ once }) => once === undefined),
    })),
  });
}
