import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createInflate, createInflateRaw, type InflateRaw } from 'node:zlib';

/** The body is not compressed as its header states. */
export class CompressionError extends Error {
  override readonly name = 'CompressionError';
}

/**
 * Decompresses gzip as browsers do: what follows the compressed data is passed over, unless it is another gzip member, and
 * the checksum at its end may be missing. Data that stops within is an error of zlib (`Z_BUF_ERROR`).
 */
export function gunzip(source: Readable): Readable {
  return Readable.from(gunzipped(new Input(source)), { objectMode: false });
}

/** Decompresses `deflate`, which some servers send without the zlib header that it should have. */
export function inflate(source: Readable): Readable {
  return Readable.from(inflated(new Input(source)), { objectMode: false });
}

async function* gunzipped(input: Input): AsyncGenerator<Buffer> {
  for (let members = 0; ; members++) {
    if (!(await skipGzipHeader(input))) {
      if (members === 0) throw new CompressionError('no gzip header');
      return;
    }
    yield* fedBy(input, createInflateRaw());
    await input.take(8);
  }
}

async function* inflated(input: Input): AsyncGenerator<Buffer> {
  const [a = 0, b = 0] = await input.peek(2);
  const hasHeader = (a & 0x0f) === 8 && ((a << 8) | b) % 31 === 0;
  yield* fedBy(input, hasHeader ? createInflate() : createInflateRaw());
}

/** False: this is no gzip member (RFC 1952). */
async function skipGzipHeader(input: Input): Promise<boolean> {
  const [a, b, method, flags = 0] = await input.peek(10);
  if (a !== 0x1f || b !== 0x8b || method !== 8) return false;
  await input.take(10);
  if ((flags & 4) !== 0) {
    const [low = 0, high = 0] = await input.take(2);
    await input.take(low | (high << 8));
  }
  if ((flags & 8) !== 0) await input.skipText();
  if ((flags & 16) !== 0) await input.skipText();
  if ((flags & 2) !== 0) await input.take(2);
  return true;
}

/** Decodes the input. Bytes that the decoder did not take are put back. */
async function* fedBy(input: Input, decoder: InflateRaw | ReturnType<typeof createInflate>): AsyncGenerator<Buffer> {
  let fed = 0;
  let last: Buffer = Buffer.alloc(0);
  // A decoder that has come to its end takes no more, and never says that it could.
  const over = Promise.withResolvers<false>();
  const feed = async () => {
    for (let chunk = await input.next(); chunk !== null; chunk = await input.next()) {
      [last, fed] = [chunk, fed + chunk.length];
      if (!decoder.write(chunk) && !(await Promise.race([once(decoder, 'drain').then(() => true), over.promise])))
        return;
      if (decoder.readableEnded || decoder.destroyed) return;
    }
    decoder.end();
  };
  const feeding = feed().catch(
    (error: unknown) => void decoder.destroy(error instanceof Error ? error : new Error('source failed')),
  );
  try {
    for await (const part of decoder) yield part;
    over.resolve(false);
    await feeding;
    const rest = fed - decoder.bytesWritten;
    if (rest > 0) input.giveBack(last.subarray(last.length - rest));
  } finally {
    over.resolve(false);
    decoder.destroy();
  }
}

/** Bytes of a stream as they are asked for. */
class Input {
  readonly #chunks: AsyncIterator<unknown>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  async next(): Promise<Buffer | null> {
    if (this.#rest.length > 0) return this.#taken(this.#rest.length);
    const { value, done } = await this.#chunks.next();
    if (done === true) return null;
    if (!(value instanceof Uint8Array)) throw new TypeError('a body is read as bytes');
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }

  giveBack(bytes: Buffer): void {
    this.#rest = Buffer.concat([bytes, this.#rest]);
  }

  /** So many bytes, or as many as there are, without taking them. */
  async peek(count: number): Promise<Buffer> {
    const parts = [this.#taken(this.#rest.length)];
    let length = parts[0]?.length ?? 0;
    while (length < count) {
      const chunk = await this.next();
      if (chunk === null) break;
      parts.push(chunk);
      length += chunk.length;
    }
    this.#rest = Buffer.concat(parts);
    return this.#rest.subarray(0, count);
  }

  async take(count: number): Promise<Buffer> {
    await this.peek(count);
    return this.#taken(count);
  }

  /** Past the next null byte. */
  async skipText(): Promise<void> {
    for (let [byte] = await this.take(1); byte !== undefined && byte !== 0; [byte] = await this.take(1));
  }

  #taken(count: number): Buffer {
    const taken = this.#rest.subarray(0, count);
    this.#rest = this.#rest.subarray(count);
    return taken;
  }
}
