import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../support/corpus.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { describeEndToEnd } from '../support/requires.ts';
import { serverUrl } from '../support/servers.ts';

const open = { max_share: 1, max_partition_share: 1, max_weekly_share: 1 };

function suite(weaviateUrl: string, servers: { postgresUrl: string; temporalAddress: string }): void {
  let installation: Installation;

  beforeAll(async () => {
    const retry = { max_retries: 1, retry_delay_seconds: 0.1 };
    installation = await createInstallation({
      ...{ ...servers, weaviateUrl },
      settings: { jobs: { 'ttl-cleanup': { brake: open, retry } } },
    });
    const ids = Array.from({ length: 10 }, (_, at) => `doc${at}`);
    await seed(
      installation.parts,
      ids.map((id) => ({ id, workspace: 'w', expired: true })),
    );
    await installation.worker();
  });
  afterAll(() => installation?.close());

  async function schema(method: string, path: string, body?: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${weaviateUrl}/v1/schema${path}`, { method, headers, ...sent });
    if (!answer.ok) throw new Error(await answer.text());
  }

  it('is tried a fixed number of times, and reports the outcome', async () => {
    const { cli, vectorClass } = installation;
    const run = (await cli('run', 'ttl-cleanup', '--wait', '--json')).json;
    expect(run).toMatchObject({ status: 'success', totals: { deleted_documents: 10 } });
    const ids = ['document_id', 'workspace'].map((name) => ({ name, dataType: ['text'], tokenization: 'field' }));
    await schema('DELETE', `/${vectorClass}`);
    await schema('POST', '', { class: vectorClass, vectorizer: 'none', properties: ids });
    const { json } = await cli('undo', run.run_id, '--wait', '--json');
    expect(json).toMatchObject({ status: 'partial', dead_letters: 1, totals: { restored_documents: 0 } });
    const [letter] = (await cli('dead-letters', 'list', '--json')).json;
    expect(letter.error).toMatchObject({
      name: 'StoreRefusedError',
      message: expect.stringMatching(/no property|unknown/),
    });
  });
}

const weaviateUrl = await serverUrl('weaviate');
const title = 'an undo whose vectors the other store does not take back';
if (weaviateUrl === null) describe.skip(`${title}: skipped, Weaviate could not be started`, () => {});
else describeEndToEnd(title, (servers) => suite(weaviateUrl, servers));
