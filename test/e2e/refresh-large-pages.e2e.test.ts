import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type LocalSite, startLocalSite } from '../support/local-site.ts';
import { loadForRefresh, rowsOf } from '../support/refresh-corpus.ts';
import { describeEndToEnd } from '../support/requires.ts';

const megabyte = 1_000_000;
const ids = Array.from({ length: 6 }, (_, at) => `large${at}`);

describeEndToEnd('pages too large to be held with others', (servers) => {
  let site: LocalSite;
  let installation: Installation;
  /** At the second request of a page, which is answered whole: pages answered so before, whose rows do not say so yet. */
  const heldBeside: string[][] = [];

  beforeAll(async () => {
    site = await startLocalSite();
    installation = await createInstallation({
      ...servers,
      settings: {
        sources: {
          ...{ allow: ['127.0.0.1'], ports: [site.port], host_concurrency: 16, host_delay_ms: 0 },
          max_bytes: 8 * megabyte,
        },
      },
    });
    await loadForRefresh(
      installation.parts,
      [...ids, 'beyond', 'small'].map((id, at) => ({
        ...{ id, workspace: `space ${at % 2}`, url: `${site.url}/${id}`, content: `old ${id}`, endsInDays: 3 },
      })),
    );
    const whole: string[] = [];
    for (const [at, id] of ids.entries()) {
      const body = largePage(id, (3 + (at % 2)) * megabyte);
      let asked = 0;
      site.set(`/${id}`, async (_, response) => {
        asked += 1;
        if (asked === 2) {
          const rows = await rowsOf(installation.parts);
          heldBeside.push(whole.filter((one) => rows.get(one)?.content.startsWith('old') === true));
          whole.push(id);
        }
        // Every other one does not say beforehand how long it is.
        response.writeHead(200, {
          'content-type': 'text/plain',
          ...(at % 2 === 0 ? { 'content-length': Buffer.byteLength(body) } : {}),
        });
        response.end(body);
      });
    }
    site.set('/beyond', { body: largePage('beyond', 9 * megabyte), headers: { 'content-type': 'text/plain' } });
    site.set('/small', { body: largePage('small', 10_000), headers: { 'content-type': 'text/plain' } });
    // Cutting a text of megabytes on a busy machine takes longer than other tests let a worker be silent: the pages of an attempt
    // that is repeated are asked for again.
    installation.env.COPPICE_HEARTBEAT_TIMEOUT_SECONDS = '20';
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await site?.stop();
  });

  it('are held one at a time, until they are written, and beyond max_bytes not at all', async () => {
    const { json } = await installation.cli('run', 'document-refresh', '--wait', '--json');
    expect(json).toMatchObject({
      status: 'success',
      totals: { refreshed_documents: ids.length + 1, refused_documents: 1, failed_documents: 0 },
    });
    expect(heldBeside).toEqual(ids.map(() => []));
    const rows = await rowsOf(installation.parts);
    expect(rows.get('beyond')?.content).toBe('old beyond');
    for (const [at, id] of ids.entries()) {
      const text = largePage(id, (3 + (at % 2)) * megabyte).trim();
      expect(rows.get(id)?.content_hash).toBe(createHash('sha256').update(text).digest('hex'));
    }
    const { rows: chunks } = await sql<{ id: string; count: number; length: number }>`
      select document_id as id, count(*)::int as count, sum(length(text))::int as length from knowledge.chunks
      where document_id = any(${ids}::text[]) group by document_id order by document_id`.execute(installation.parts.db);
    expect(chunks.map(({ id }) => id)).toEqual(ids);
    // A statement holds some four megabytes: none of these fits into one.
    for (const { length } of chunks) expect(length).toBeGreaterThan(2.9 * megabyte);
  });
});

function largePage(id: string, bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)?.length ?? 0) {
    lines.push(
      `Line ${lines.length} of ${id} says what no other line says, and then it says some more of the same.\n\n`,
    );
  }
  return lines.join('');
}
