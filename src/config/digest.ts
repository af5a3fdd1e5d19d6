import { createHash } from 'node:crypto';
import { comparedMapping, type GraphMapping } from '../domain/graph-mapping.ts';
import { kindOf } from '../domain/mapped-fields.ts';
import type { CollectionMapping } from '../domain/mapping.ts';
import { recordedMapping } from '../domain/recorded-mapping.ts';
import type { MappedResultTables } from '../domain/result-tables.ts';
import { isSweep } from '../jobs/facts.ts';
import type { Job } from '../jobs/job.ts';
import type { EmbeddingsConfig, IntelligenceConfig } from './config.ts';

/**
 * Digest of a collection as it is configured, whatever the tables look like: two workers that differ in it must not
 * share a run. An empty value (null, an empty list) is left out, so that a setting that a later version adds changes
 * nothing until somebody uses it.
 */
export function configurationDigest(mapping: CollectionMapping | GraphMapping): string {
  return digestOf('place' in mapping ? comparedMapping(mapping) : recordedMapping(mapping));
}

/**
 * Of what decides which vectors are made. Keys, and whatever a URL says after its path, are no part of it: they are
 * secrets at times, and another key makes the same vectors. Neither are sizes of requests and time limits.
 */
export function embeddingsDigest({ provider, url, model, dimensions }: EmbeddingsConfig): string {
  if (provider !== 'openai') return digestOf({ provider });
  const { origin, pathname } = new URL(url);
  return digestOf({ provider, endpoint: `${origin}${pathname.replace(/\/+$/, '')}`, model, dimensions });
}

/** No name of a collection. */
const embeddingsKey = 'embeddings:';
const mergingKey = 'merging:';
const validityKey = 'validity:';

/** Digests in which two workers must agree to share a run of the job, by the name of the collection or graph. */
export function configurationDigests(
  {
    collections,
    graphs,
    embeddings,
    intelligence,
  }: {
    readonly collections: readonly CollectionMapping[];
    readonly graphs: readonly GraphMapping[];
    readonly embeddings: EmbeddingsConfig;
    readonly intelligence?: IntelligenceConfig;
  },
  job: Job,
): Record<string, string> {
  const digests = Object.fromEntries(
    [...collections, ...graphs].map((mapping) => [mapping.name, digestFor(job, mapping, intelligence?.tables ?? {})]),
  );
  const merging =
    isSweep(job) && (job.merges === true || job.facts === true)
      ? graphs.map(({ name, merging = null }) => [`${mergingKey}${name}`, digestOf(merging)])
      : [];
  const validity =
    isSweep(job) && job.validity === true
      ? graphs.map((one) => [`${validityKey}${one.name}`, digestOf(one.validity ?? null)])
      : [];
  return {
    ...digests,
    ...Object.fromEntries([...merging, ...validity]),
    ...(isSweep(job) && job.makes_vectors === true ? { [embeddingsKey]: embeddingsDigest(embeddings) } : {}),
  };
}

/** A job that writes results about questions writes them to the same tables from beginning to end. */
function digestFor(job: Job, mapping: CollectionMapping | GraphMapping, tables: MappedResultTables): string {
  const digest = configurationDigest(mapping);
  const writesResults = isSweep(job) ? job.effect === 'adds' : job.reads === 'queries';
  const concerned = writesResults && !('place' in mapping) && kindOf(mapping) === 'queries';
  return concerned && Object.keys(tables).length > 0 ? digestOf([digest, tables]) : digest;
}

export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex')
    .slice(0, 16);
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const said = Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0));
  return said.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, canonical(one)]);
}
