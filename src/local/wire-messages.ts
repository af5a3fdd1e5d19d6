/** Codes that a client sends in place of a protocol version, before anything else. */
const SSL_REQUEST = 80877103;
const GSS_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;

/** More than any statement of ours needs, and less than what would exhaust the process. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

export type WireMessage =
  | { kind: 'encryption' }
  | { kind: 'cancel' }
  | { kind: 'startup' }
  /** `type` is the letter of the PostgreSQL protocol: Q query, P parse, B bind, S sync, H flush, X terminate … */
  | { kind: 'message'; type: string; bytes: Buffer };

/** Cuts a client's bytes into messages of the PostgreSQL protocol, version 3. */
export class MessageSplitter {
  #chunks: Buffer[] = [];
  #byteLength = 0;
  #started = false;

  /** Throws on what cannot be the protocol. */
  push(chunk: Buffer): WireMessage[] {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.length;
    const messages: WireMessage[] = [];
    for (let message = this.#next(); message; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): WireMessage | undefined {
    const lengthAt = this.#started ? 1 : 0;
    if (this.#byteLength < lengthAt + (this.#started ? 4 : 8)) return undefined;
    const head = this.#peek(lengthAt + 8);
    const length = head.readInt32BE(lengthAt);
    if (length < 4 || length > MAX_MESSAGE_BYTES) throw new Error(`a message of ${length} bytes`);
    if (this.#byteLength < lengthAt + length) return undefined;
    const bytes = this.#take(lengthAt + length);
    if (this.#started) return { kind: 'message', type: String.fromCharCode(bytes.readUInt8(0)), bytes };
    return this.#opening(bytes.readInt32BE(4));
  }

  #opening(code: number): WireMessage {
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: 'encryption' };
    if (code === CANCEL_REQUEST) return { kind: 'cancel' };
    if (code >>> 16 !== 3) throw new Error(`protocol ${code >>> 16}`);
    this.#started = true;
    return { kind: 'startup' };
  }

  /** Joins only as much as asked for: a message of megabytes arrives in many chunks, and joins once. */
  #peek(count: number): Buffer {
    const first = this.#chunks[0];
    if (first && first.length >= Math.min(count, this.#byteLength)) return first;
    return this.#join();
  }

  #take(count: number): Buffer {
    const all = this.#join();
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    this.#byteLength -= count;
    return all.subarray(0, count);
  }

  #join(): Buffer {
    const [only] = this.#chunks;
    const all = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
