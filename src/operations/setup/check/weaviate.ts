import { type CensusClass, countObjects, readCensusPage, readClasses } from '../../../stores/weaviate/census.ts';
import { createWeaviateHttp } from '../../../stores/weaviate/http.ts';
import type { WeaviateHttp } from '../../../stores/weaviate/http-shape.ts';
import { activeTenants } from '../../../stores/weaviate/tenants.ts';
import { OperationError } from '../../errors.ts';
import { withoutSecrets } from '../init/address.ts';
import type { CheckedCollection, CheckJson, NotMeasured } from './check-json.ts';
import type { CheckFinding } from './findings.ts';
import { ObjectsCensus } from './objects-census.ts';

export const weaviateProtocols = /^https?:/;

export interface WeaviateCheck {
  /** The password, if there is one, is the API key. */
  readonly address: string;
  readonly apiKey: string | null;
  readonly maxSeconds: number;
  readonly onProgress: (line: string) => void;
  /** Is given the documents of each class that names them and was read whole. */
  readonly onDocuments?: (documents: ClassDocuments) => Promise<readonly CheckFinding[]>;
}

/** Documents that the objects of a class belong to, with the number of their objects. */
export interface ClassDocuments {
  readonly name: string;
  readonly objects: ReadonlyMap<string, number>;
}

/** Objects of a class that are read; those of a larger class are a sample, since ids are random. */
const mostObjects = 200_000;
/** Objects whose vectors are read too, which are many times as long. */
const mostVectors = 5_000;
const mostTenants = 1_000;
const longestCallMs = 25_000;
const leastMs = 200;

/** Reports the state of the classes in Weaviate. It only reads, page after page, one call at a time. */
export async function checkWeaviate(options: WeaviateCheck): Promise<CheckJson> {
  const { address, apiKey, maxSeconds, onProgress, onDocuments = async () => [] } = options;
  const startedAt = Date.now();
  const endsAt = performance.now() + maxSeconds * 1_000;
  const http = open(address, apiKey);
  const classes = await classesOf(http, address);
  const collections: CheckedCollection[] = [];
  const missing: NotMeasured[] = [];
  for (const [at, found] of classes.entries()) {
    onProgress(found.name);
    // Classes share the time that earlier ones have left.
    const now = performance.now();
    const until = now + (endsAt - now) / (classes.length - at);
    if (until - now < leastMs) {
      missing.push({ collection: found.name, measure: 'objects', reason: 'no time was left: raise --max-seconds' });
      continue;
    }
    try {
      const checked = await checkClass(http, found, { now: startedAt, until });
      const { documents, collection } = checked;
      const compared = documents === null ? [] : await onDocuments(documents);
      collections.push({ ...collection, findings: [...collection.findings, ...compared] });
      missing.push(...checked.missing);
    } catch (error) {
      missing.push({ collection: found.name, measure: 'objects', reason: reasonOf(error) });
    }
  }
  return {
    ...{ database: withoutSecrets(address), checked_at: new Date(startedAt).toISOString() },
    ...{ duration_ms: Date.now() - startedAt, collections, not_measured: missing, other_tables: 0 },
  };
}

function open(address: string, apiKey: string | null): WeaviateHttp {
  if (!URL.canParse(address)) {
    const hint = 'It has to be http://HOST:PORT or https://:API_KEY@HOST.';
    throw new OperationError('usage', 'DatabaseAddressError', 'the address of Weaviate is not a URL', hint);
  }
  const url = new URL(address);
  const key = decodeURIComponent(url.password) || apiKey || undefined;
  url.username = '';
  url.password = '';
  return createWeaviateHttp({ url: url.href, apiKey: key, timeoutMs: longestCallMs });
}

async function classesOf(http: WeaviateHttp, address: string): Promise<CensusClass[]> {
  try {
    return await readClasses(http);
  } catch (error) {
    throw new OperationError(
      'missing',
      'DatabaseUnreadableError',
      `cannot look at ${withoutSecrets(address)}: ${reasonOf(error)}`,
      'Check the address and the API key (WEAVIATE_API_KEY). A key that may read is enough.',
    );
  }
}

interface Times {
  readonly now: number;
  readonly until: number;
}

async function checkClass(http: WeaviateHttp, found: CensusClass, { now, until }: Times) {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(until - performance.now())));
  const missing: NotMeasured[] = [];
  const all = found.multiTenant ? await activeTenants({ http, mapping: { class: found.name } }, signal) : [null];
  const tenants = all.slice(0, mostTenants);
  if (tenants.length < all.length) {
    const reason = `${all.length - tenants.length} of ${all.length} tenants were left out`;
    missing.push({ collection: found.name, measure: 'tenants', reason });
  }
  let rows = 0;
  for (const tenant of tenants) rows += await countObjects(http, found, tenant, signal);
  const census = new ObjectsCensus(found, now);
  try {
    for (const tenant of tenants) await readAll(http, found, { tenant, census, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (census.read < rows) {
    const reason = `${census.read} of ${rows} objects were read${signal.aborted ? ': raise --max-seconds' : ''}`;
    missing.push({ collection: found.name, measure: 'exact_duplicates', reason });
  }
  const collection: CheckedCollection = {
    ...{ name: found.name, shape: 'weaviate', table: found.name, rows, bytes: null, weeks: census.weeks(rows) },
    about: found.multiTenant ? `a class of Weaviate with ${all.length} active tenants` : 'a class of Weaviate',
    findings: census.findings(rows),
  };
  const documents: ClassDocuments | null =
    census.read < rows || census.documents.size === 0 ? null : { name: found.name, objects: census.documents };
  return { collection, documents, missing };
}

interface Reading {
  readonly tenant: string | null;
  readonly census: ObjectsCensus;
  readonly signal: AbortSignal;
}

async function readAll(http: WeaviateHttp, found: CensusClass, { tenant, census, signal }: Reading): Promise<void> {
  for (let after: string | null = null; census.read < mostObjects; ) {
    const withVectors = census.read < mostVectors;
    const page: Awaited<ReturnType<typeof readCensusPage>> = await readCensusPage(http, found, {
      ...{ tenant, after, withVectors, signal },
    });
    for (const object of page.objects) census.add(object, tenant);
    after = page.next;
    if (after === null) return;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
