import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chunkText } from '../../src/domain/chunks/chunk-text.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { chunksOf, loadForRefresh, rowsOf, textOf } from '../support/refresh-corpus.ts';
import { describeOnBothStores } from '../support/requires.ts';
import { type Step, type StepProxy, startStepProxy } from '../support/step-proxy.ts';
import type { WorkerProcess } from '../support/worker-process.ts';

const ids = Array.from({ length: 12 }, (_, at) => `doc${at}`);
const writes = ({ method, path }: Step) => method === 'POST' && path.startsWith('/v1/batch/objects');
const deletes = ({ method, path }: Step) => method === 'DELETE' && path.startsWith('/v1/batch/objects');
const queue = ({ path }: Step) => path.startsWith('/v1/nodes');

describeOnBothStores('a worker killed in the middle of a refresh', (stores) => {
  let site: PageSite;
  let proxy: StepProxy | null = null;
  let installation: Installation;
  let worker: WorkerProcess;
  let version = 0;

  beforeAll(async () => {
    site = await startPageSite();
    proxy = stores.weaviateUrl === undefined ? null : await startStepProxy(stores.weaviateUrl);
    const inWeaviate = { documents: { vectors: { in: 'weaviate', class: `RefreshKill_${process.pid}` } } };
    installation = await createInstallation({
      ...stores,
      ...(proxy === null ? {} : { weaviateUrl: proxy.url }),
      settings: { collections: proxy === null ? { documents: {} } : inWeaviate, sources: settingsFor(site) },
    });
    await loadForRefresh(
      installation.parts,
      ids.map((id) => ({ id, workspace: 'w', url: `${site.url}/${id}`, content: textOf(id, 'v0'), endsInDays: 3 })),
    );
    worker = await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await proxy?.stop();
    await site?.stop();
  });

  /** Every document is due again, and its page says something new. */
  async function renew(): Promise<void> {
    version += 1;
    for (const id of ids) site.pages.set(`/${id}`, { body: textOf(id, `v${version}`) });
    await sql`update knowledge.documents set expires_at = now() + interval '1 day'`.execute(installation.parts.db);
  }

  /** Rows, chunks and nothing else, whatever happened on the way. */
  async function expectOneSet(): Promise<void> {
    const [rows, chunks] = [await rowsOf(installation.parts), await chunksOf(installation.parts)];
    for (const id of ids) {
      const text = textOf(id, `v${version}`);
      expect(rows.get(id)).toMatchObject({ content: text, days: 60 });
      expect(chunks.get(id)?.toSorted()).toEqual(
        chunkText(text)
          .map((chunk) => chunk.text)
          .toSorted(),
      );
    }
    const { rows: left } = await sql`select from coppice.swaps`.execute(installation.parts.db);
    expect(left).toEqual([]);
  }

  async function replaceWorker(): Promise<void> {
    await worker.kill();
    worker = await installation.worker();
  }

  it.each([1, 7, 12])('at request %i of the site', async (count) => {
    await renew();
    const before = [...site.answers.values()].flat().length;
    const run = installation.cli('run', 'document-refresh', '--wait', '--json');
    await expect
      .poll(() => [...site.answers.values()].flat().length - before, { interval: 1, timeout: 30_000 })
      .toBeGreaterThanOrEqual(count);
    await replaceWorker();
    expect((await run).json).toMatchObject({ status: 'success', totals: { failed_documents: 0 } });
    await expectOneSet();
  });

  if (stores.kind === 'vectors in Weaviate') {
    it.each([
      ['before new objects are written', 'before', writes],
      ['when new objects are written, and it was not told', 'after', writes],
      ['before new objects are known to be searchable', 'before', queue],
      ['before old objects are removed', 'before', deletes],
      ['when old objects are removed, and it was not told', 'after', deletes],
    ] as const)('%s', async (_, when, fits) => {
      await renew();
      const killed = proxy?.at(when, fits, replaceWorker);
      const run = await installation.cli('run', 'document-refresh', '--wait', '--json');
      await killed;
      expect(run.json).toMatchObject({
        status: 'success',
        totals: { refreshed_documents: ids.length, failed_documents: 0 },
      });
      await expectOneSet();
    });

    it('a run that is ended by force leaves what the next one brings to an end', async () => {
      await renew();
      const ended = proxy?.at('before', deletes, async () => {
        await worker.kill();
        const [run] = (await installation.cli('runs', '--json')).json;
        await installation.client.workflow.getHandle(run.workflow_id).terminate('by the test');
      });
      await installation.cli('run', 'document-refresh', '--wait', '--json');
      await ended;
      worker = await installation.worker();
      const { rows: left } = await sql`select from coppice.swaps`.execute(installation.parts.db);
      expect(left.length).toBeGreaterThan(0);
      const next = await installation.cli('run', 'document-refresh', '--wait', '--json');
      expect(next.json).toMatchObject({ status: 'success' });
      await expectOneSet();
    });
  }
});
