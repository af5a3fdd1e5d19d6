import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { embedText } from '../../src/language/built-in-embedder.ts';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { loadForRefresh, rowsOf, textOf } from '../support/refresh-corpus.ts';
import { describeEndToEnd } from '../support/requires.ts';

const request = z.object({ input: z.array(z.string()) });

describeEndToEnd('document-refresh with an endpoint of embeddings that fails', (servers) => {
  let site: PageSite;
  let endpoint: Server;
  let installation: Installation;
  let length = 256;
  let revoked = false;

  beforeAll(async () => {
    site = await startPageSite();
    endpoint = createServer(async (incoming, response) => {
      const parts: Buffer[] = [];
      for await (const part of incoming) parts.push(Buffer.from(part));
      const { input } = request.parse(JSON.parse(Buffer.concat(parts).toString()));
      if (revoked) response.writeHead(401).end('{"error":{"message":"no such key"}}');
      else if (input.some((text) => text.includes('poison'))) response.writeHead(500).end('{"error":"value: NaN"}');
      else {
        const vectorOf = (text: string) => [...embedText(text).slice(1, length), 1];
        response.end(JSON.stringify({ data: input.map((text, index) => ({ index, embedding: vectorOf(text) })) }));
      }
    }).listen(0, '127.0.0.1');
    await once(endpoint, 'listening');
    const address = endpoint.address();
    const port = typeof address === 'object' ? address?.port : 0;
    installation = await createInstallation({
      ...servers,
      settings: {
        sources: settingsFor(site),
        embeddings: { provider: 'openai', url: `http://127.0.0.1:${port}/v1`, model: 'm' },
      },
    });
    const ids = ['one', 'poison', 'two', 'three'];
    await loadForRefresh(
      installation.parts,
      ids.map((id, at) => ({
        ...{ id, workspace: `space ${at % 2}`, url: `${site.url}/${id}`, content: textOf(id, 'first'), endsInDays: 3 },
      })),
    );
    for (const id of ids) site.pages.set(`/${id}`, { body: textOf(id, 'second') });
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await site?.stop();
    endpoint?.close();
  });

  const refresh = () => installation.cli('run', 'document-refresh', '--wait', '--json');

  it('refuses the document whose text the endpoint rejects, in its words, and refreshes the others', async () => {
    const { json } = await refresh();
    expect(json).toMatchObject({ status: 'success', totals: { refreshed_documents: 3, refused_documents: 1 } });
    const shown = await installation.cli('runs', 'show', json.run_id, '--json');
    expect(shown.json.left_alone).toMatchObject([{ id: 'poison', outcome: 'refused' }]);
    expect(shown.json.left_alone[0].reason).toMatch(/^text_refused: .* failed \(500\): "value: NaN"$/);
    const rows = await rowsOf(installation.parts);
    expect(rows.get('one')?.content).toBe(textOf('one', 'second'));
    expect(rows.get('poison')?.content).toBe(textOf('poison', 'first'));
  });

  it('fails at once when the stored vectors have another length, and doctor finds the same', async () => {
    length = 8;
    const { json } = await refresh();
    const problem = expect.stringMatching(/have 256 dimensions, those of the configured embeddings 8/);
    expect(json).toMatchObject({ status: 'failed', error: { name: 'MappingError', message: problem } });
    const doctor = await installation.cli('doctor', '--json');
    expect(doctor.json).toMatchObject({ ok: false, collections: [{ problems: [problem] }] });
  });

  it('fails at once when the key is refused, and doctor finds the same', async () => {
    revoked = true;
    const { json, code } = await refresh();
    expect(code).not.toBe(0);
    const message = expect.stringMatching(/refused the key \(401\): set EMBEDDINGS_API_KEY: "no such key"/);
    expect(json).toMatchObject({ status: 'failed', error: { name: 'EndpointRefusedError', message } });
    const doctor = await installation.cli('doctor', '--json');
    const check = doctor.json.checks.find(({ name }: { name: string }) => name === 'embeddings');
    expect(check).toMatchObject({ ok: false, message });
  });
});
