import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Refusal, SourceError } from '../errors.ts';
import { socketError } from './socket-errors.ts';

export interface BodyLimits {
  /** After decompression. */
  readonly maxBytes: number;
  /** How long nothing may come. */
  readonly idleTimeoutMs: number;
}

/** What requests say that they understand. */
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
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' && Number(response.headers['content-length'] ?? 0) > limits.maxBytes) {
    response.destroy();
    throw tooLarge(host, limits);
  }
  const stream = decoded(response, encoding, host);
  const end = (error: unknown) => stream.destroy(error instanceof Error ? error : new Error('aborted'));
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
    if (!response.complete) throw brokenOff(host);
    return Buffer.concat(parts, bytes);
  } catch (error) {
    signal.throwIfAborted();
    throw bodyError(error, host);
  } finally {
    clearTimeout(idle);
    signal.removeEventListener('abort', abort);
    stream.destroy();
    // One that was read to its end has given its connection back.
    if (!response.complete) response.destroy();
  }
}

function decoded(response: IncomingMessage, encoding: string, host: string): Readable {
  const decoder = decoderFor(encoding);
  if (decoder === null) {
    if (encoding === 'identity' || encoding === '') return response;
    response.destroy();
    throw new Refusal(
      'unreadable',
      `${host} answers in the encoding '${encoding.slice(0, 40)}', which nobody asked for`,
    );
  }
  response.on('error', (error) => decoder.destroy(error));
  return response.pipe(decoder);
}

function decoderFor(encoding: string): Duplex | null {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  return encoding === 'deflate' ? createInflate() : null;
}

function bodyError(error: unknown, host: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // Compressed data that stops short is a body that broke off; other damage was there when it was sent.
  if (code === 'Z_BUF_ERROR' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return brokenOff(host);
  if (/^(Z_|ERR_|ERR__)/.test(code)) return new Refusal('unreadable', `what ${host} sends cannot be decompressed`);
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
