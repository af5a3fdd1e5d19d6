import type { Parts } from '../assemble.ts';
import { isMigrated } from '../state/migrate.ts';
import { inspectWeaviateClass } from '../stores/weaviate/inspect.ts';
import { type Drift, measureDrift } from './drift.ts';
import { type Check, check } from './health.ts';

export interface DoctorJson {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly collections: readonly CollectionReport[];
}

export interface CollectionReport {
  readonly collection: string;
  readonly table: string;
  readonly vectors: string;
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
  /** Only with `--drift`. */
  readonly drift: Drift | null;
}

/** Compares the mapping with the live stores, in one report. Reads only. */
export async function doctor(parts: Parts, options: { readonly drift: boolean }): Promise<DoctorJson> {
  const checks = [
    await check('coppice tables', async () => {
      if (!(await isMigrated(parts.db))) throw new Error('missing or outdated: run `coppice migrate`');
      return 'current';
    }),
  ];
  const collections: CollectionReport[] = [];
  for (const { store, vectors } of parts.collections) {
    const { mapping } = store;
    const { problems } = await store.inspect(parts.db);
    const all = [...problems, ...(await weaviateProblems(parts, mapping))];
    collections.push({
      collection: mapping.name,
      table: `${mapping.table.schema}.${mapping.table.name}`,
      vectors: vectors?.description ?? mapping.vectors.in,
      problems: all,
      drift:
        options.drift && all.length === 0 && vectors !== null ? await measureDrift(parts.db, store, vectors) : null,
    });
  }
  const sound = collections.every(({ problems, drift }) => problems.length === 0 && !hasDrift(drift));
  return { ok: sound && checks.every((one) => one.ok), checks, collections };
}

function hasDrift(drift: Drift | null): boolean {
  return drift !== null && drift.vectors_without_row > 0;
}

async function weaviateProblems(
  parts: Parts,
  mapping: Parts['collections'][number]['store']['mapping'],
): Promise<string[]> {
  const { weaviate } = parts.config;
  if (mapping.vectors.in !== 'weaviate' || weaviate === null) return [];
  const apiKey = weaviate.apiKey === null ? {} : { apiKey: weaviate.apiKey };
  try {
    return await inspectWeaviateClass({
      url: weaviate.url,
      ...apiKey,
      timeoutMs: weaviate.timeoutSeconds * 1000,
      mapping: mapping.vectors,
    });
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
