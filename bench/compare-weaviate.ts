import { createHash } from 'node:crypto';
import pLimit from 'p-limit';
import pg from 'pg';
import { z } from 'zod';
import { toMapping } from '../src/config/mapping.ts';
import type { WeaviateClass } from '../src/domain/mapping.ts';
import type { VectorImage } from '../src/domain/vector-image.ts';
import { slices } from '../src/stores/slices.ts';
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
/** As many reads at once as Coppice has under way. */
const reading = pLimit(16);
const deleted = z.object({ results: z.object({ successful: z.number() }) });

/**
 * Documents whose vectors stand in Weaviate. The bare contestants know the ids beforehand. One deletes the objects, and
 * nothing else: no row of the database, no record, no reading back. The other could put back what it removes: it reads
 * each object whole, writes it down, and deletes rows and objects.
 */
export async function compareOnWeaviate(servers: Servers, options: BenchOptions): Promise<Section> {
  const { postgresUrl: server } = servers;
  const { rows, rounds } = options;
  const template = { name: 'bench_weaviate', rows, partitions: 1, chunks: false };
  const weaviate = await startWeaviate({ log });
  try {
    await makeTemplate(server, template);
    const [bare, kept, ours]: [number[], number[], number[]] = [[], [], []];
    for (let round = 1; round <= rounds; round++) {
      const bareLoop = async (name: string, database: string | null) => {
        const place = await fill(weaviate.url, `${name}${round}`, rows);
        return perSecond(await bareDeletes(weaviate.url, place, rows, database), rows);
      };
      bare.push(await bareLoop('Bare', null));
      kept.push(await bareLoop('Kept', await copyOf(server, template)));
      const place = await fill(weaviate.url, `Ours${round}`, rows);
      const collections = { documents: { vectors: { in: 'weaviate', class: place.class } } };
      const env = { WEAVIATE_URL: weaviate.url };
      ours.push(perSecond(await throughCoppice(servers, await copyOf(server, template), { collections, env }), rows));
      log(`round ${round}: ${[bare, kept, ours].map((speed) => whole(speed.at(-1) ?? 0)).join(' | ')} documents/s`);
    }
    await dropCopy(server, template);
    return {
      versions: `${servers.versions}, Weaviate 1.35.2`,
      header: ['rows', 'contestant', 'documents/s, median', 'worst', 'Coppice ÷ it, median and worst of rounds'],
      rows: [
        [whole(rows), 'deletes by id, 1,000 a call', ...speeds(bare), shares(ratios(ours, bare))],
        [
          whole(rows),
          'the same, each object read and written down, and its row deleted',
          ...speeds(kept),
          shares(ratios(ours, kept)),
        ],
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

/** With a database, what goes is kept there and the rows go too. */
async function bareDeletes(url: string, place: WeaviateClass, rows: number, database: string | null) {
  const documents = Array.from({ length: Math.floor(rows / 2) }, (_, at) => documentId((at + 1) * 2));
  const client = database === null ? null : new pg.Client({ connectionString: database });
  await client?.connect();
  await client?.query('create table bare_ledger (object jsonb)');
  const startedAt = performance.now();
  let gone = 0;
  for (const some of slices(documents, idsOfDelete)) {
    const ids = some.map((id) => chunkUuid(id, '0'));
    if (client !== null) await keep(client, url, place, ids);
    gone += await deleteObjects(url, place, ids);
    await client?.query('delete from knowledge.documents where id = any($1)', [some]);
  }
  const ms = performance.now() - startedAt;
  await client?.end();
  return { documents: gone, ms };
}

async function keep(client: pg.Client, url: string, place: WeaviateClass, ids: readonly string[]): Promise<void> {
  const objects = await Promise.all(
    ids.map((id) =>
      reading(() => fetch(`${url}/v1/objects/${place.class}/${id}?include=vector`).then((a) => a.text())),
    ),
  );
  await client.query('insert into bare_ledger select * from jsonb_array_elements($1::jsonb)', [
    `[${objects.join(',')}]`,
  ]);
}

async function deleteObjects(url: string, place: WeaviateClass, ids: readonly string[]): Promise<number> {
  const where = { operator: 'ContainsAny', path: ['id'], valueTextArray: ids };
  const response = await fetch(`${url}/v1/batch/objects`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ match: { class: place.class, where }, output: 'minimal' }),
  });
  return deleted.parse(await response.json()).results.successful;
}
