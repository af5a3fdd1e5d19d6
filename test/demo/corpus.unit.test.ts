import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoDocuments } from '../../src/demo/corpus.ts';
import { packageRoots } from '../../src/demo/markdown-files.ts';
import { type DocumentLine, readDocumentLine } from '../../src/operations/data/load/document-line.ts';

const now = new Date('2026-11-23T08:00:00Z');
const dayMs = 86_400_000;

async function collect(roots: readonly string[]): Promise<DocumentLine[]> {
  const found: DocumentLine[] = [];
  for await (const document of demoDocuments(roots, now)) found.push(document);
  return found;
}

const isExpired = ({ expires_at: at }: DocumentLine) => typeof at === 'string' && new Date(at) < now;
const isUndated = ({ expires_at: at }: DocumentLine) => at === undefined;
const isOld = (document: DocumentLine) =>
  isUndated(document) && now.getTime() - Date.parse(String(document.fetched_at)) > 90 * dayMs;

describe('the documents of the demo', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'coppice-corpus-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (path: string, text: string | Buffer) => {
    const file = join(folder, 'node_modules', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };

  it('equal the documents of the packages of this checkout, within bounds, by names that reveal nothing of the machine', async () => {
    const roots = packageRoots(import.meta.url);
    expect(roots).toHaveLength(1);
    const documents = await collect(roots);
    expect(documents.length).toBeGreaterThan(20);
    expect(documents.length).toBeLessThanOrEqual(400);
    const bytes = documents.reduce((sum, { content }) => sum + Buffer.byteLength(content ?? ''), 0);
    expect(bytes).toBeLessThan(3_300_000);
    expect(new Set(documents.map(({ id }) => id)).size).toBe(documents.length);
    for (const document of documents) {
      expect(document.id.startsWith(`npm:${document.workspace}/`)).toBe(true);
      expect(document.url).toBe(document.id);
      expect(document.title).not.toBe('');
      expect(readDocumentLine(JSON.stringify(document))).toHaveProperty('document');
      expect(JSON.stringify([document.id, document.url])).not.toContain(dirname(String(roots[0])));
    }
    expect(await collect(roots)).toEqual(documents);
  });

  it.each([0, 9, 13, 14, 41, 59, 100, 450])('are dated so that at most a tenth of %i is due', async (count) => {
    for (let at = 0; at < count; at++) write(`p${String(at).padStart(3, '0')}/README.md`, `# Title ${at}`);
    const documents = await collect([join(folder, 'node_modules')]);
    expect(documents).toHaveLength(Math.min(count, 400));
    const expired = documents.filter(isExpired).length;
    const old = documents.filter(isOld);
    expect(expired + old.length).toBeLessThanOrEqual(documents.length / 10);
    if (count >= 14) expect(expired).toBeGreaterThan(0);
    if (count >= 41) expect(old.length).toBeGreaterThan(0);
    for (const { fetched_at: at } of old) expect(now.getTime() - Date.parse(String(at))).toBe(120 * dayMs);
    // Above the brake for a run with a lower limit.
    expect(documents.filter(isUndated).length).toBeGreaterThanOrEqual(documents.length / 2);
    const kept = documents.filter((document) => !isExpired(document) && !isUndated(document));
    for (const { expires_at: at } of kept) {
      expect(Date.parse(String(at)) - now.getTime()).toBeGreaterThan(30 * dayMs);
    }
  });

  it('come in one order, with titles, and without what is no text', async () => {
    write('b/README.md', 'Intro\n\n## The [real](x) `title` ![badge](y) #\n\n# Later');
    write('b/docs/deep/guide.md', 'no heading');
    write('b/node_modules/c/README.md', '# nested: not looked at');
    write('@s/a/readme.md', '# Scoped');
    write('@s/a/CHANGELOG.md', '# Changes');
    write('@s/a/README.zh-CN.md', '# 文档');
    write('@s/a/notes.md', '# Not looked at');
    write('.hidden/README.md', '# Hidden');
    write('broken/README.md', Buffer.from([0x23, 0x20, 0xff, 0xfe]));
    write('empty/README.md', ' \n');
    write('nul/README.md', 'a\0b');
    write('large/README.md', 'x'.repeat(200_001));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'node_modules', 'dangling'));
    const documents = await collect([join(folder, 'node_modules'), join(folder, 'missing')]);
    expect(documents.map(({ id, title, workspace }) => [id, title, workspace])).toEqual([
      ['npm:@s/a/README.zh-CN.md', '文档', '@s/a'],
      ['npm:@s/a/readme.md', 'Scoped', '@s/a'],
      ['npm:b/README.md', 'The real title', 'b'],
      ['npm:@s/a/CHANGELOG.md', 'Changes', '@s/a'],
      ['npm:b/docs/deep/guide.md', 'b: docs/deep/guide.md', 'b'],
    ]);
  });

  it('come from the folder next to a checkout, or from where Coppice is installed', () => {
    write('coppice/dist/demo/corpus.js', '');
    const installed = pathToFileURL(join(folder, 'node_modules', 'coppice', 'dist', 'demo', 'corpus.js')).href;
    const root = join(folder, 'node_modules');
    expect(packageRoots(installed)).toEqual([root]);
    write('coppice/node_modules/own/README.md', '# Own');
    expect(packageRoots(installed)).toEqual([join(root, 'coppice', 'node_modules'), root]);
    expect(packageRoots(pathToFileURL(join(folder, 'src', 'demo', 'corpus.ts')).href)).toEqual([root]);
  });
});
