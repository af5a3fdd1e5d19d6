import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { toSources } from '../../src/config/sources.ts';
import { createSources } from '../../src/sources/create.ts';
import { sitePage } from '../support/local-site.ts';
import { never } from './support.ts';

function folder() {
  const base = mkdtempSync(join(tmpdir(), 'coppice-files-'));
  onTestFinished(() => rmSync(base, { recursive: true }));
  const [root, outside] = [join(base, 'docs'), join(base, 'docs-outside')];
  mkdirSync(join(root, 'deep'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.md'), '# Secret');
  const sources = createSources({ ...toSources({ file_roots: [root] }), maxBytes: 10_000 });
  const get = (url: string, etag: string | null = null) => sources.fetch({ url, etag, lastModified: null }, never);
  return { root, outside, get, at: (...path: string[]) => pathToFileURL(join(root, ...path)).href };
}

it('reads Markdown, text and HTML inside a root, and knows when nothing has changed', async () => {
  const { root, get, at } = folder();
  writeFileSync(join(root, 'deep', 'a b.md'), '# Title\n\nText');
  writeFileSync(join(root, 'page.html'), sitePage('a'));
  const first = await get(at('deep', 'a b.md'));
  expect(first).toMatchObject({ kind: 'page', title: 'Title', text: '# Title\n\nText', mediaType: 'text/markdown' });
  const etag = first.kind === 'page' ? first.etag : null;
  expect(await get(at('deep', 'a b.md'), etag)).toMatchObject({ kind: 'unchanged', etag });
  writeFileSync(join(root, 'deep', 'a b.md'), '# Title\n\nOther text');
  expect(await get(at('deep', 'a b.md'), etag)).toMatchObject({ kind: 'page' });
  expect(await get(at('page.html'))).toMatchObject({ kind: 'page', title: 'a – Handbook', mediaType: 'text/html' });
});

it('leads nowhere else', async () => {
  const { root, outside, get, at } = folder();
  symlinkSync(join(outside, 'secret.md'), join(root, 'link.md'));
  symlinkSync(outside, join(root, 'folder'));
  writeFileSync(join(root, 'real.md'), '# Real');
  symlinkSync(join(root, 'real.md'), join(root, 'inside.md'));
  execFileSync('mkfifo', [join(root, 'pipe.md')]);
  const refused = [
    at('link.md'),
    at('folder', 'secret.md'),
    at('..', 'docs-outside', 'secret.md'),
    `${at()}/%2e%2e/docs-outside/secret.md`,
    pathToFileURL(join(outside, 'secret.md')).href,
    at('deep'),
    at(),
    at('pipe.md'),
    'file:///etc/hostname',
  ];
  for (const url of refused)
    expect([url, await get(url)]).toMatchObject([url, { kind: 'refused', name: 'file_refused' }]);
  for (const url of ['file://server/share/a.md', `${at()}%2fa.md`, `${at('a')}%00.md`]) {
    expect([url, await get(url)]).toMatchObject([url, { kind: 'refused', name: 'url_refused' }]);
  }
  expect(await get(at('inside.md'))).toMatchObject({ kind: 'page', text: '# Real' });
});

it('files that are too large, of another kind or binary are refused; a missing file is `gone`', async () => {
  const { root, get, at } = folder();
  writeFileSync(join(root, 'large.md'), 'x'.repeat(10_001));
  writeFileSync(join(root, 'a.png'), 'x');
  writeFileSync(join(root, 'binary.md'), Buffer.alloc(100));
  writeFileSync(join(root, 'empty.md'), '\n');
  expect(await get(at('large.md'))).toMatchObject({ kind: 'refused', name: 'too_large' });
  expect(await get(at('a.png'))).toMatchObject({ kind: 'refused', name: 'type_refused' });
  expect(await get(at('binary.md'))).toMatchObject({ kind: 'refused', name: 'type_refused' });
  expect(await get(at('empty.md'))).toMatchObject({ kind: 'refused', name: 'empty' });
  expect(await get(at('none.md'))).toMatchObject({ kind: 'gone' });
});

it('a root that is not there takes no document with it', async () => {
  const { root, get, at } = folder();
  rmSync(root, { recursive: true });
  await expect(get(at('a.md'))).rejects.toMatchObject({ name: 'ConnectionError' });
  mkdirSync(root);
  chmodSync(root, 0o700);
  expect(await get(at('a.md'))).toMatchObject({ kind: 'gone' });
});

it('without roots no file is read', async () => {
  const sources = createSources(toSources());
  const request = { url: 'file:///etc/hostname', etag: null, lastModified: null };
  expect(await sources.fetch(request, never)).toMatchObject({ kind: 'refused', name: 'file_refused' });
});
