import { createHash } from 'node:crypto';
import { z } from 'zod';
import { toMapping } from '../src/config/mapping.ts';
import type { WeaviateClass } from '../src/domain/mapping.ts';
import type { VectorImage } from '../src/stores/ports/vector-store.ts';
import { chunkUuid } from '../src/stores/weaviate/chunk-uuid.ts';
import { createWeaviateVectors } from '../src/stores/weaviate/vectors.ts';
import { startWeaviate } from '../tools/servers/weaviate.ts';
import { perSecond } from './compare-bare.ts';
import { throughCoppice } from './coppice.ts';
import type { BenchOptions } from './options.ts';
import { type Section, shares, speeds, whole } from './report.ts';
import { log, type Servers } from './servers.ts';
import { ratios } from './statistics.ts';
import { copyOf, dropCopy, makeTemplate } from './template.ts';

const dimensions = 384;
const idsOfDelete = 1000;
const deleted = z.object({ results: z.object({ successful: z.number() }) });

/**
 * Documents whose vectors stand in Weaviate. The bare contestant knows the ids beforehand and deletes the objects, and
 * nothing else: no row of the database, no record, no reading back.
 */
export async function compareOnWeaviate(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const { rows, rounds } = options;
  const template = { name: 'bench_weaviate', rows, partitions: 1, chunks: false };
  const weaviate = await startWeaviate({ log });
  try {
    await makeTemplate(server, template);
    const [bare, ours]: [number[], number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      bare.push(perSecond(await bareDeletes(weaviate.url, await fill(weaviate.url, `Bare${round}`, rows), rows), rows));
      const place = await fill(weaviate.url, `Ours${round}`, rows);
      const collections = { documents: { vectors: { in: 'weaviate', class: place.class } } };
      const env = { WEAVIATE_URL: weaviate.url };
      ours.push(perSecond(await throughCoppice(servers, await copyOf(server, template), { collections, env }), rows));
      log(`round ${round}: ${[bare, ours].map((speed) => whole(speed.at(-1) ?? 0)).join(' | ')} documents/s`);
    }
    await dropCopy(server, template);
    return {
      versions: `${servers.versions}, Weaviate 1.35.2`,
      header: ['rows', 'contestant', 'documents/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
      rows: [
        [whole(rows), 'deletes by id, 1,000 a call', ...speeds(bare), shares(ratios(ours, bare))],
        [whole(rows), 'Coppice through Temporal: rows, objects, ledger', ...speeds(ours), ''],
      ],
      facts: [['documents removed a round, with an object each', whole(rows / 2)]],
    };
  } finally {
    await weaviate.stop();
  }
}

/** The id of a template's document. */
function documentId(n: number): string {
  return createHash('md5').update(String(n)).digest('hex');
}

async function fill(url: string, name: string, rows: number): Promise<WeaviateClass> {
  const place = toMapping('documents', { vectors: { in: 'weaviate', class: name } }).vectors;
  if (place.in !== 'weaviate') throw new Error('the mapping is not one of Weaviate');
  const vectors = await createWeaviateVectors({ url, mapping: place, timeoutMs: 60_000 });
  await vectors.ensure();
  for (let from = 1; from <= rows; from += idsOfDelete) {
    const count = Math.min(idsOfDelete, rows - from + 1);
    const images = Array.from({ length: count }, (_, at) => imageOf(place, from + at));
    await vectors.put('workspace 0', images);
  }
  await vectors.close();
  return place;
}

function imageOf(place: WeaviateClass, n: number): VectorImage {
  const id = documentId(n);
  return {
    id: chunkUuid(id, '0'),
    documentId: id,
    properties: {
      [place.document]: id,
      ...(place.workspace === null ? {} : { [place.workspace]: 'workspace 0' }),
      ...(place.chunk === null ? {} : { [place.chunk]: '0' }),
      [place.text]: `text of ${id}`,
    },
    vectors: { default: Array.from({ length: dimensions }, (_, k) => Math.fround(Math.sin(n * 31 + k))) },
    revision: null,
  };
}

async function bareDeletes(url: string, place: WeaviateClass, rows: number) {
  const ids = Array.from({ length: Math.floor(rows / 2) }, (_, at) => chunkUuid(documentId((at + 1) * 2), '0'));
  const startedAt = performance.now();
  let documents = 0;
  for (let from = 0; from < ids.length; from += idsOfDelete) {
    const where = { operator: 'ContainsAny', path: ['id'], valueTextArray: ids.slice(from, from + idsOfDelete) };
    const response = await fetch(`${url}/v1/batch/objects`, {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ match: { class: place.class, where }, output: 'minimal' }),
    });
    documents += deleted.parse(await response.json()).results.successful;
  }
  return { documents, ms: performance.now() - startedAt };
}
