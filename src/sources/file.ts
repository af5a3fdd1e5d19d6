import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { extname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal, SourceError } from './errors.ts';
import type { SourceAnswer, SourceRequest } from './port.ts';
import { pageOf } from './text/page.ts';

export interface FileRules {
  readonly roots: readonly string[];
  readonly maxBytes: number;
  readonly totalTimeoutMs: number;
}

const html = new Set(['.html', '.htm', '.xhtml']);
const text = new Set(['.md', '.mdx', '.markdown', '.txt', '.text', '.rst', '.adoc', '.org', '']);

/** Reads a file inside one of the roots. Its size and time of change are the validators. */
export async function fetchFile(rules: FileRules, request: SourceRequest, signal: AbortSignal): Promise<SourceAnswer> {
  const path = pathOf(request.url);
  const root = await rootOf(path, rules.roots);
  const type = typeOf(path);
  let file: FileHandle;
  try {
    const real = await realpath(path);
    if (!isInside(real, root)) throw refusal('the file is a link out of its folder');
    // A name that has become a link or a pipe since is neither followed nor waited for.
    file = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(error);
  }
  try {
    const { size, mtime, mtimeNs, isFile } = await factsOf(file);
    if (!isFile) throw refusal('it is not a plain file');
    if (size > rules.maxBytes)
      throw new Refusal('too_large', `the file is larger than ${rules.maxBytes} bytes (sources.max_bytes)`);
    const validators = { etag: `"${size}-${mtimeNs}"`, lastModified: mtime.toUTCString() };
    if (request.etag === validators.etag) return { kind: 'unchanged', ...validators, expiresAt: null };
    const body = await readAtMost(file, rules.maxBytes, signal);
    const outOfTimeAtMs = performance.now() + rules.totalTimeoutMs;
    const found = await pageOf(body, { ...type, charset: null }, { host: 'the file', outOfTimeAtMs, signal });
    return { kind: 'page', ...found, ...validators, finalUrl: request.url, bytes: body.byteLength, expiresAt: null };
  } finally {
    await file.close();
  }
}

function pathOf(url: string): string {
  try {
    const path = fileURLToPath(url);
    if (!path.includes('\0')) return path;
  } catch {
    // Another host, an encoded slash: said below.
  }
  throw new Refusal('url_refused', 'the file: address names no file of this machine');
}

/** A root that is not there is a disk that is not mounted: its files are not gone. */
async function rootOf(path: string, roots: readonly string[]): Promise<string> {
  const root = roots.find((one) => isInside(resolve(path), resolve(one)));
  if (root === undefined) throw refusal('the file is not inside of sources.file_roots');
  try {
    return await realpath(root);
  } catch {
    throw new SourceError('ConnectionError', 'a folder of sources.file_roots is not there');
  }
}

function isInside(path: string, root: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(root, way) === path;
}

function typeOf(path: string): { kind: 'html' | 'text'; name: string } {
  const extension = extname(path).toLowerCase();
  if (html.has(extension)) return { kind: 'html', name: 'text/html' };
  if (text.has(extension))
    return { kind: 'text', name: /^\.(md|mdx|markdown)$/.test(extension) ? 'text/markdown' : 'text/plain' };
  throw new Refusal('type_refused', `files of the kind ${extension.slice(0, 20)} are not read as text`);
}

async function factsOf(file: FileHandle) {
  const facts = await file.stat({ bigint: true });
  return { size: Number(facts.size), mtime: facts.mtime, mtimeNs: facts.mtimeNs, isFile: facts.isFile() };
}

/** One byte more than allowed tells a file that has grown meanwhile. */
async function readAtMost(file: FileHandle, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of file.createReadStream({ end: maxBytes, autoClose: false, signal })) {
    if (!(part instanceof Uint8Array)) throw new TypeError('a file is read as bytes');
    parts.push(Buffer.from(part));
    bytes += part.byteLength;
  }
  if (bytes > maxBytes) throw new Refusal('too_large', `the file is larger than ${maxBytes} bytes (sources.max_bytes)`);
  return Buffer.concat(parts);
}

function notOpened(error: unknown): SourceAnswer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'gone', message: 'the file does not exist' };
  if (code === 'EACCES' || code === 'EPERM') throw refusal('the file may not be read');
  if (code === 'ELOOP' || code === 'ENXIO') throw refusal('it is not a plain file');
  if (error instanceof Refusal) throw error;
  throw new SourceError('ConnectionError', `the file could not be opened (${code || 'unknown reason'})`);
}

function refusal(message: string): Refusal {
  return new Refusal('file_refused', message);
}
