import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VectorImage } from '../../src/domain/vector-image.ts';
import { startWeaviate, type WeaviateServer } from '../../tools/servers/weaviate.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type ModelStandIn, startModelStandIn } from '../support/model-stand-in.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { textOf } from '../support/refresh-corpus.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { serverUrl } from '../support/servers.ts';

const ids = ['apples', 'bridges', 'clouds', 'deserts'];
const className = 'Vectorized';

/** A class of an application's, whose vectors a module of Weaviate makes: the real module, and a stand-in for the model. */
function suite(servers: { postgresUrl: string; temporalAddress: string }): void {
  let model: ModelStandIn;
  let tokenizer: string;
  let weaviate: WeaviateServer;
  let site: PageSite;
  let installation: Installation;

  beforeAll(async () => {
    model = await startModelStandIn();
    const log = () => {};
    tokenizer = tokenizerFolder();
    weaviate = await startWeaviate({
      log,
      env: { ENABLE_MODULES: 'text2vec-openai', OPENAI_APIKEY: 'a-key', TIKTOKEN_CACHE_DIR: tokenizer },
    });
    await weaviateCall('POST', '/schema', {
      class: className,
      vectorizer: 'text2vec-openai',
      moduleConfig: {
        'text2vec-openai': { baseURL: new URL(model.url).origin, model: 'ada', vectorizeClassName: false },
      },
      invertedIndexConfig: { indexTimestamps: true },
      properties: [
        ...['document_id', 'workspace', 'chunk_id'].map((name) => ({
          ...{ name, dataType: ['text'], tokenization: 'field' },
          moduleConfig: { 'text2vec-openai': { skip: true } },
        })),
        { name: 'text', dataType: ['text'] },
      ],
    });
    site = await startPageSite();
    installation = await createInstallation({
      ...servers,
      weaviateUrl: weaviate.url,
      settings: {
        collections: { documents: { vectors: { in: 'weaviate', class: className } } },
        embeddings: { provider: 'weaviate' },
        sources: settingsFor(site),
        jobs: {
          'document-refresh': { retry: { max_retries: 0 } },
          'ttl-cleanup': { brake: { max_share: 1, max_partition_share: 1, max_weekly_share: 1 } },
        },
      },
    });
    for (const id of ids) {
      await sql`insert into knowledge.documents (id, workspace, url, title, content, quality, fetched_at, expires_at)
        values (${id}, 'w', ${`${site.url}/${id}`}, ${id}, ${textOf(id, 'v0')}, 0.5, now(), now() + interval '1 day')`.execute(
        installation.parts.db,
      );
      const properties = { document_id: id, workspace: 'w', chunk_id: '0', text: `all about ${id} in v0` };
      await weaviateCall('POST', '/objects', { class: className, properties });
    }
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await site?.stop();
    await weaviate?.stop();
    await model?.stop();
    rmSync(tokenizer, { recursive: true, force: true });
  });

  async function weaviateCall(method: string, path: string, body: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${weaviate.url}/v1${path}`, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  async function standing(): Promise<VectorImage[]> {
    const images = await installation.parts.collections[0]?.vectors?.fetch({ partition: 'w', documentIds: ids });
    return (images ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Documents of the chunks nearest to a text, which Weaviate's module makes a vector of. */
  async function nearText(text: string): Promise<string[]> {
    const query = `{Get{${className}(limit:3 nearText:{concepts:[${JSON.stringify(text)}]}){document_id}}}`;
    const { data } = (await weaviateCall('POST', '/graphql', { query })) as {
      data: { Get: Record<string, { document_id: string }[]> };
    };
    return (data.Get[className] ?? []).map((one) => one.document_id);
  }

  async function refresh(version: string) {
    for (const id of ids) site.pages.set(`/${id}`, { body: textOf(id, version) });
    await sql`update knowledge.documents set expires_at = now() + interval '1 day'`.execute(installation.parts.db);
    return (await installation.cli('run', 'document-refresh', '--wait', '--json')).json;
  }

  it('makes the vectors of new chunks, which its own search finds', async () => {
    const before = await standing();
    const asked = model.calls.embeddings;
    expect(await refresh('v1')).toMatchObject({ status: 'success', totals: { refreshed_documents: ids.length } });
    const images = await standing();
    expect(images.filter(({ id }) => before.some((old) => old.id === id))).toEqual([]);
    expect(model.calls.embeddings).toBeGreaterThan(asked);
    for (const { vectors, properties } of images) {
      expect(vectors.default).toHaveLength(256);
      expect(properties.text).toContain('v1');
    }
    for (const id of ids) expect(await nearText(id)).toEqual([id, id, id]);
  });

  it('a model that fails leaves the old chunks as they were, and the next run continues', async () => {
    const before = await standing();
    model.misbehave({ kind: 'status', status: 500 }, Number.POSITIVE_INFINITY);
    expect(await refresh('v2')).toMatchObject({ status: 'partial', totals: { refreshed_documents: 0 } });
    expect(await standing()).toEqual(before);
    model.misbehave({ kind: 'status', status: 500 }, 0);
    expect(await refresh('v2')).toMatchObject({ status: 'success', totals: { refreshed_documents: ids.length } });
    const after = await standing();
    expect(after.filter(({ properties }) => !String(properties.text).includes('v2'))).toEqual([]);
    expect(new Set(after.map(({ documentId }) => documentId))).toEqual(new Set(ids));
  });

  it('an undo puts back the very vectors that were removed, and asks no model', async () => {
    const before = (await standing()).map(({ revision, ...image }) => image);
    await sql`update knowledge.documents set expires_at = now() - interval '1 day'`.execute(installation.parts.db);
    const asked = model.calls.embeddings;
    const { json: run } = await installation.cli('run', 'ttl-cleanup', '--wait', '--json');
    expect(run).toMatchObject({ status: 'success', totals: { deleted_documents: ids.length } });
    expect(await standing()).toEqual([]);
    const undo = await installation.cli('undo', run.run_id, '--wait', '--json');
    expect(undo.json).toMatchObject({ status: 'success', totals: { restored_documents: ids.length, refused: 0 } });
    expect((await standing()).map(({ revision, ...image }) => image)).toEqual(before);
    expect(model.calls.embeddings).toBe(asked);
  });
}

/**
 * The module counts tokens before it asks the model, by a table that it would download. In this one every byte is a token,
 * which counts too many and so fits everywhere.
 */
function tokenizerFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-tokens-'));
  const source = 'https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken';
  const lines = Array.from({ length: 256 }, (_, byte) => `${Buffer.from([byte]).toString('base64')} ${byte}`);
  writeFileSync(join(folder, createHash('sha1').update(source).digest('hex')), `${lines.join('\n')}\n`);
  return folder;
}

// Its server is another than the suites share; where that one cannot start, this one cannot either.
if ((await serverUrl('weaviate')) === null)
  describe.skip("Weaviate's own vectorizer: skipped, Weaviate cannot start", () => {});
else describeEndToEnd("Weaviate's own vectorizer", suite);
