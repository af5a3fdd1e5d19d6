import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress } from 'node:zlib';
import { Refusal, SourceError } from '../errors.ts';
import { CompressionError, gunzip, inflate } from './inflate.ts';
import { socketError } from './socket-errors.ts';

export interface BodyLimits {
  /** After decompression. */
  readonly maxBytes: number;
  /** How long nothing may come. */
  readonly idleTimeoutMs: number;
}

/** Encodings that requests accept. */
export const acceptEncoding = 'gzip, br';

/**
 * Reads a body whole, decompressed as it comes, and lets go of the connection at the first byte over the limit: neither
 * an endless body nor a compressed bomb is ever held. A body that ends before its end is an error that may pass.
 */
export async function readBody(
  response: IncomingMessage,
  host: string,
  limits: BodyLimits,
  signal: AbortSignal,
): Promise<Buffer> {
  const encodings = encodingsOf(response.headers['content-encoding'] ?? '');
  if (encodings.length === 0 && Number(response.headers['content-length'] ?? 0) > limits.maxBytes) {
    response.destroy();
    throw tooLarge(host, limits);
  }
  const stream = decoded(response, encodings, host);
  // The decoded stream fails with the response.
  const end = (error: unknown) => response.destroy(error instanceof Error ? error : new Error('aborted'));
  const abort = () => end(signal.reason);
  const idle = setTimeout(() => end(stalled(host, limits)), limits.idleTimeoutMs);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of stream) {
      if (!(part instanceof Uint8Array)) throw new TypeError('a body is read as bytes');
      idle.refresh();
      bytes += part.byteLength;
      if (bytes > limits.maxBytes) throw tooLarge(host, limits);
      parts.push(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    }
    // Compressed data ends by itself, and may be whole before the connection closes.
    if (stream === response && !response.complete) throw brokenOff(host);
    return Buffer.concat(parts, bytes);
  } catch (error) {
    signal.throwIfAborted();
    throw bodyError(error, host);
  } finally {
    clearTimeout(idle);
    signal.removeEventListener('abort', abort);
    stream.destroy();
    // A response that was read to its end has released its connection.
    if (!response.complete) response.destroy();
  }
}

/** In the order in which they were applied. Words that name no compression change nothing about the body. */
function encodingsOf(header: string): string[] {
  const names = header.toLowerCase().split(',');
  return names.map((name) => name.trim().replace(/^x-/, '')).filter((name) => compressions.has(name));
}

/** Compressions that are known, decoded or not. Browsers take any other word for no encoding at all. */
const compressions = new Set([
  'gzip',
  'br',
  'deflate',
  'compress',
  'zstd',
  'sdch',
  'dcb',
  'dcz',
  'exi',
  'pack200-gzip',
]);
/** Nobody has a reason for more. */
const mostEncodings = 3;

function decoded(response: IncomingMessage, encodings: readonly string[], host: string): Readable {
  const unknown = encodings.find((name) => name !== 'gzip' && name !== 'br' && name !== 'deflate');
  if (unknown === undefined && encodings.length <= mostEncodings) return encodings.reduceRight(decode, response);
  response.destroy();
  const what = unknown ?? encodings.join(', ').slice(0, 40);
  throw new Refusal('unreadable', `${host} answers in the encoding '${what}', which was not asked for`);
}

function decode(source: Readable, encoding: string): Readable {
  if (encoding === 'gzip') return gunzip(source);
  if (encoding === 'deflate') return inflate(source);
  const decoder = createBrotliDecompress();
  source.on('error', (error) => decoder.destroy(error));
  return source.pipe(decoder);
}

function bodyError(error: unknown, host: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const undecodable = new Refusal('unreadable', `what ${host} sends cannot be decompressed`);
  if (error instanceof CompressionError) return undecodable;
  // Compressed data that stops short is a body that broke off; other damage was there when it was sent.
  if (code === 'Z_BUF_ERROR' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return brokenOff(host);
  if (/^(Z_|ERR_)/.test(code)) return undecodable;
  return socketError(error, host);
}

function tooLarge(host: string, { maxBytes }: BodyLimits): Refusal {
  return new Refusal('too_large', `what ${host} sends is larger than ${maxBytes} bytes (sources.max_bytes)`);
}

function brokenOff(host: string): SourceError {
  return new SourceError('ConnectionError', `the answer of ${host} broke off`);
}

function stalled(host: string, { idleTimeoutMs }: BodyLimits): SourceError {
  return new SourceError(
    'TimeoutError',
    `${host} sent nothing for ${idleTimeoutMs / 1000} s in the midst of its answer`,
  );
}
