import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../support/installation.ts';
import { type PageSite, settingsFor, startPageSite } from '../support/page-site.ts';
import { chunksOf, loadForRefresh, type RefreshDocument, rowsOf, textOf } from '../support/refresh-corpus.ts';
import { describeOnBothStores } from '../support/requires.ts';

describeOnBothStores('document-refresh', (stores) => {
  let site: PageSite;
  let installation: Installation;
  let runId: string;

  const document = (id: string, changes: Partial<RefreshDocument> = {}): RefreshDocument => ({
    ...{ id, workspace: `space of ${id.length % 2}`, url: `${site.url}/${id}`, content: textOf(id, 'first') },
    ...{ endsInDays: 3, ...changes },
  });
  const refresh = async (...args: string[]) => installation.cli('run', 'document-refresh', '--wait', '--json', ...args);

  beforeAll(async () => {
    site = await startPageSite();
    installation = await createInstallation({
      ...stores,
      settings: {
        collections: {
          documents:
            stores.kind === 'one database' ? {} : { vectors: { in: 'weaviate', class: `Refresh_${process.pid}` } },
        },
        sources: settingsFor(site),
        jobs: { 'document-refresh': { retry: { max_retries: 1, retry_delay_seconds: 0.5 } } },
      },
    });
    await loadForRefresh(installation.parts, [
      document('changed'),
      document('expired', { endsInDays: -2 }),
      document('same'),
      document('gone'),
      document('empty'),
      document('shrunken'),
      document('far', { endsInDays: 30 }),
      document('poor', { quality: 0.2 }),
      document('unscored', { quality: null }),
      document('homeless', { url: null }),
    ]);
    const page = (id: string, body: string) => site.pages.set(`/${id}`, { body });
    for (const id of ['changed', 'expired', 'far', 'poor', 'unscored']) page(id, textOf(id, 'second'));
    page('same', textOf('same', 'first'));
    site.pages.set('/gone', { status: 410, body: 'gone' });
    page('empty', '');
    page('shrunken', '# About shrunken\n\nPlease log in.');
    await installation.worker();
  });
  afterAll(async () => {
    await installation?.close();
    await site?.stop();
  });

  it('a preview counts what is near its end and good enough, and fetches nothing', async () => {
    const { json } = await installation.cli('preview', 'document-refresh', '--json');
    expect(json.survey).toMatchObject({ rows: 10, due: 7, would_delete: 0, would_hold: [] });
    const reasons = json.survey.partitions.map((one: { reasons: object }) => one.reasons);
    expect(reasons).toEqual(expect.arrayContaining([expect.objectContaining({ expired: 1 })]));
    expect(site.answers.size).toBe(0);
  });

  it('changed texts and their chunks are replaced, equal ones only live longer, everything else stays', async () => {
    const before = { rows: await rowsOf(installation.parts), chunks: await chunksOf(installation.parts) };
    const { json, code } = await refresh();
    expect(code).toBe(0);
    runId = json.run_id;
    expect(json).toMatchObject({
      status: 'success',
      totals: {
        ...{ refreshed_documents: 3, unchanged_documents: 1, gone_documents: 1, refused_documents: 2 },
        ...{ failed_documents: 0 },
      },
    });
    const [rows, chunks] = [await rowsOf(installation.parts), await chunksOf(installation.parts)];
    for (const id of ['changed', 'expired', 'unscored']) {
      expect(rows.get(id)).toMatchObject({ content: textOf(id, 'second'), days: 60 });
      const texts = chunks.get(id) ?? [];
      expect(texts.length).toBeGreaterThan(1);
      expect(texts.filter((text) => text.includes('first'))).toEqual([]);
      expect(texts.join(' ')).toContain('Paragraph 11 of second');
    }
    expect(rows.get('unscored')?.quality).toBeGreaterThan(0);
    expect(rows.get('same')).toEqual({ ...before.rows.get('same'), days: 60 });
    for (const id of ['gone', 'empty', 'shrunken', 'far', 'poor', 'homeless']) {
      expect(rows.get(id)).toEqual(before.rows.get(id));
    }
    for (const id of ['same', 'gone', 'empty', 'shrunken', 'far', 'poor', 'homeless']) {
      expect(chunks.get(id)?.toSorted()).toEqual(before.chunks.get(id)?.toSorted());
    }
    expect(site.answers.has('/far')).toBe(false);
    expect(site.answers.has('/poor')).toBe(false);
    const shown = await installation.cli('runs', 'show', json.run_id, '--json');
    expect(
      shown.json.left_alone.map(({ id, outcome }: { id: string; outcome: string }) => `${id} ${outcome}`).toSorted(),
    ).toEqual(['empty refused', 'gone gone', 'shrunken refused']);
  });

  it('cannot be undone, with the reason', async () => {
    const undo = await installation.cli('undo', runId, '--json');
    expect(undo.code).not.toBe(0);
    expect(undo.stderr + undo.stdout).toMatch(/kept nothing of what it replaced/);
  });

  it('sends a conditional request the next time, unless the row has changed', async () => {
    const { db } = installation.parts;
    await sql`update knowledge.documents set expires_at = now() + interval '1 day' where id in ('changed', 'same')`.execute(
      db,
    );
    await sql`update knowledge.documents set expires_at = now() + interval '1 day', content = ${textOf('expired', 'edited')}
      where id = 'expired'`.execute(db);
    const { json } = await refresh();
    expect(json.totals).toMatchObject({ unchanged_documents: 2, refreshed_documents: 1 });
    expect(site.answers.get('/changed')).toEqual([200, 304]);
    expect(site.answers.get('/same')).toEqual([200, 304]);
    expect(site.answers.get('/expired')).toEqual([200, 200]);
    expect((await rowsOf(installation.parts)).get('expired')).toMatchObject({
      content: textOf('expired', 'second'),
      days: 60,
    });
  });

  it('a source that fails is tried again by itself; out of tries it is a dead letter, and the others are done', async () => {
    await loadForRefresh(installation.parts, [
      document('shaky', { workspace: 'troubled' }),
      document('broken', { workspace: 'troubled' }),
      document('sound', { workspace: 'troubled' }),
    ]);
    site.pages.set('/shaky', { body: textOf('shaky', 'second'), before: { times: 1, status: 500 } });
    site.pages.set('/broken', { body: '', status: 500 });
    site.pages.set('/sound', { body: textOf('sound', 'second') });
    const first = await refresh();
    expect(first.json).toMatchObject({
      status: 'partial',
      totals: { refreshed_documents: 2, failed_documents: 1 },
      dead_letters: 1,
    });
    expect(site.answers.get('/sound')).toEqual([200]);
    expect(site.answers.get('/shaky')).toEqual([500, 200]);
    const letters = await installation.cli('dead-letters', 'list', '--json');
    expect(letters.json).toMatchObject([{ partition: 'troubled', error: { name: 'ConnectionError' } }]);
    site.pages.set('/broken', { body: textOf('broken', 'second') });
    const next = await refresh();
    expect(next.json).toMatchObject({ status: 'success', totals: { refreshed_documents: 1, failed_documents: 0 } });
    expect((await installation.cli('dead-letters', 'list', '--json')).json).toEqual([]);
    expect((await rowsOf(installation.parts)).get('broken')).toMatchObject({ content: textOf('broken', 'second') });
  });
});
