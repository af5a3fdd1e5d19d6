import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { embedText } from '../../src/language/built-in-embedder.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { loadForRefresh, textOf } from '../support/refresh-corpus.ts';
import { describeOnBothStores } from '../support/requires.ts';

const ids = Array.from({ length: 40 }, (_, at) => `subject${at}`);
const enoughQueries = 2_000;

describeOnBothStores('a searcher during refreshes', (stores) => {
  const className = `RefreshSearch_${process.pid}`;
  let site: PageSite;
  let installation: Installation;

  beforeAll(async () => {
    site = await startPageSite();
    if (stores.weaviateUrl !== undefined) await createExactClass(stores.weaviateUrl, className);
    const inWeaviate = { documents: { vectors: { in: 'weaviate', class: className } } };
    installation = await createInstallation({
      ...stores,
      settings: {
        collections: stores.weaviateUrl === undefined ? { documents: {} } : inWeaviate,
        sources: settingsFor(site),
      },
    });
    await loadForRefresh(
      installation.parts,
      ids.map((id, at) => ({
        ...{ id, workspace: `w${at % 4}`, url: `${site.url}/${id}`, content: textOf(id, 'v0'), endsInDays: 3 },
      })),
    );
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await site?.stop();
  });

  /** Documents of the chunks nearest to a word; in Weaviate every other time those that hold the word itself. */
  async function search(word: string, byWord: boolean): Promise<string[]> {
    const vector = embedText(word);
    if (stores.weaviateUrl === undefined) {
      const { rows } = await sql<{ id: string }>`
        select document_id as id from knowledge.chunks order by embedding <=> ${JSON.stringify(vector)}::vector limit 10`.execute(
        installation.parts.db,
      );
      return rows.map(({ id }) => id);
    }
    const query = `{Get{${className}(limit:40 ${byWord ? `bm25:{query:${JSON.stringify(word)}}` : `nearVector:{vector:${JSON.stringify(vector)}}`}){document_id}}}`;
    const response = await fetch(`${stores.weaviateUrl}/v1/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data } = (await response.json()) as { data: { Get: Record<string, { document_id: string }[]> } };
    return (data.Get[className] ?? []).map((one) => one.document_id);
  }

  it('finds every document that exists, over thousands of queries', async () => {
    let [queries, versions] = [0, 0];
    const missed: string[] = [];
    while (queries < enoughQueries) {
      versions += 1;
      for (const id of ids) site.pages.set(`/${id}`, { body: textOf(id, `v${versions}`) });
      await sql`update knowledge.documents set expires_at = now() + interval '1 day'`.execute(installation.parts.db);
      let running = true;
      const run = installation.cli('run', 'document-refresh', '--wait', '--json').finally(() => {
        running = false;
      });
      while (running) {
        const id = ids[queries % ids.length] ?? '';
        if (!(await search(id, Math.floor(queries / ids.length) % 2 === 1)).includes(id))
          missed.push(`${id} in version ${versions}`);
        queries += 1;
      }
      expect((await run).json.totals).toMatchObject({ refreshed_documents: ids.length });
    }
    expect(missed).toEqual([]);
  }, 240_000);
});

/**
 * The class that Coppice makes, but for its index: a flat one compares every vector. HNSW is approximate, and while it cleans
 * up after deletes it passes over an object that stands once in thousands of searches, whoever writes in whichever order.
 */
async function createExactClass(url: string, name: string): Promise<void> {
  const ids = ['document_id', 'workspace', 'chunk_id'];
  const answer = await fetch(`${url}/v1/schema`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ class: name, vectorizer: 'none', vectorIndexType: 'flat', vectorIndexConfig: { distance: 'cosine' } },
      invertedIndexConfig: { indexTimestamps: true },
      properties: [
        ...ids.map((id) => ({ name: id, dataType: ['text'], tokenization: 'field', indexSearchable: false })),
        { name: 'text', dataType: ['text'], tokenization: 'word', indexFilterable: false },
      ],
    }),
  });
  if (!answer.ok) throw new Error(`the class was not made: ${await answer.text()}`);
}
