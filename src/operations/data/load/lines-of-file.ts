import { isUtf8 } from 'node:buffer';
import { accessSync, constants, createReadStream, openSync, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { OperationError } from '../../errors.ts';

/** Far beyond any document, and far below what would exhaust the process. */
const maxLineBytes = 64 * 1024 * 1024;
const readBytes = 256 * 1024;
const newline = 0x0a;

/** A line of the input, or why there is none to read. */
export type InputLine = string | UnreadableLine;

export interface UnreadableLine {
  readonly problem: string;
}

/** The input cannot be opened or read. */
class InputError extends OperationError {
  constructor(path: string, reason: string) {
    super('missing', 'InputError', `${path === '-' ? 'standard input' : path}: ${reason}`);
  }
}

export const tooLong: UnreadableLine = { problem: `is longer than ${maxLineBytes / 1024 / 1024} MiB` };

/** For lines that come from elsewhere than a file. */
export function isTooLong(line: string): boolean {
  return line.length * 3 > maxLineBytes && Buffer.byteLength(line) > maxLineBytes;
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  readonly limitBytes?: number;
}

/**
 * The lines of a file, or of standard input for `-`, one by one. A file that cannot be read is refused at once, before
 * anything else is done for its sake. Node's own `readline` has no limit: a file without line ends would be collected
 * until the process dies.
 */
export function linesOfFile(path: string, options: ReadOptions = {}): AsyncGenerator<InputLine> {
  if (path !== '-') {
    try {
      accessSync(path, constants.R_OK);
      if (statSync(path).isDirectory()) throw new InputError(path, 'is a directory, not a file');
    } catch (error) {
      throw toInputError(path, error);
    }
  }
  return readLines(path, options);
}

async function* readLines(path: string, options: ReadOptions): AsyncGenerator<InputLine> {
  const { signal, limitBytes = maxLineBytes } = options;
  const stream = path === '-' ? process.stdin : openInput(path);
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    yield* linesOf(stream, limitBytes);
  } catch (error) {
    signal?.throwIfAborted();
    throw toInputError(path, error);
  }
}

/**
 * A pipe with a name is read like a socket: to open or read it as a file would block a thread until somebody writes, and
 * neither the stream nor the process could end meanwhile.
 */
function openInput(path: string): Readable {
  if (!statSync(path).isFIFO()) return createReadStream(path, { highWaterMark: readBytes });
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

async function* linesOf(stream: Readable, limitBytes: number): AsyncGenerator<InputLine> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer) => {
    bytes += part.length;
    // A line beyond the limit is read to its end and forgotten.
    if (bytes <= limitBytes) parts.push(part);
    else parts = [];
  };
  const line = (): InputLine => {
    const [only] = parts;
    const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const found = bytes > limitBytes ? tooLong : decode(whole);
    parts = [];
    bytes = 0;
    return found;
  };
  for await (const chunk of stream) {
    const data = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    let start = 0;
    for (let end = data.indexOf(newline); end !== -1; end = data.indexOf(newline, start)) {
      take(data.subarray(start, end));
      yield line();
      start = end + 1;
    }
    if (start < data.length) take(data.subarray(start));
  }
  if (bytes > 0) yield line();
}

/** Replacing what cannot be read would load something else than the file says. */
function decode(line: Buffer): InputLine {
  return isUtf8(line) ? line.toString('utf8') : { problem: 'is not valid UTF-8' };
}

function toInputError(path: string, error: unknown): InputError {
  if (error instanceof InputError) return error;
  if (!(error instanceof Error)) return new InputError(path, String(error));
  const code = 'code' in error ? error.code : null;
  if (code === 'ENOENT') return new InputError(path, 'there is no such file');
  if (code === 'EACCES') return new InputError(path, 'may not be read');
  return new InputError(path, error.message);
}
