import { execFile } from 'node:child_process';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { CodecSource } from '../config/config.ts';

const run = promisify(execFile);
const { Payload: PayloadMessage } = proto.temporal.api.common.v1;
const longestCommandMs = 30_000;

const encoding = 'binary/encrypted';
const keyIdField = 'encryption-key-id';
const [keyBytes, nonceBytes, tagBytes] = [32, 12, 16];

/** A payload cannot be made readable, or the keys themselves are wrong. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly hint =
    'COPPICE_CODEC_KEYS, or what COPPICE_CODEC_KEY_COMMAND prints: id:key,id:key — 32 bytes in base64, newest first.';
}

export interface CodecKey {
  readonly id: string;
  readonly key: Buffer;
}

/**
 * AES-256-GCM over everything that Temporal stores for us. The first key encrypts, every key decrypts, so that a new
 * one is put first and an old one kept until its histories are gone. A payload that is not encrypted is read as it is:
 * runs that began before continue. The layout is that of Temporal's own samples: nonce, ciphertext, tag, over the
 * payload's protobuf.
 */
export function createCodec(keys: readonly CodecKey[]): PayloadCodec {
  const [newest] = keys;
  if (newest === undefined) throw new CodecError('there is no key to encrypt with');
  const byId = new Map(keys.map((one) => [one.id, one.key]));
  return {
    encode: async (payloads) => payloads.map((payload) => seal(payload, newest)),
    decode: async (payloads) => payloads.map((payload) => open(payload, byId)),
  };
}

function seal(payload: Payload, { id, key }: CodecKey): Payload {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const plain = PayloadMessage.encode(payload).finish();
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return { metadata: { encoding: Buffer.from(encoding), [keyIdField]: Buffer.from(id) }, data: sealed };
}

function open(payload: Payload, keys: ReadonlyMap<string, Buffer>): Payload {
  if (text(payload.metadata?.encoding) !== encoding) return payload;
  const id = text(payload.metadata?.[keyIdField]);
  const key = keys.get(id);
  if (key === undefined) {
    throw new CodecError(`a payload in Temporal was encrypted with key '${id}', which is not among the keys given`);
  }
  const sealed = Buffer.from(payload.data ?? []);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
    return PayloadMessage.decode(plain);
  } catch (cause) {
    throw Object.assign(
      new CodecError(
        `a payload in Temporal cannot be decrypted with key '${id}': another key had that id, or it was changed`,
      ),
      { cause },
    );
  }
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

/** `id:key,id:key`, or one a line; keys are 32 bytes in base64. An error names the problem without the key itself. */
export function parseKeys(given: string): CodecKey[] {
  const keys = given
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one, at) => {
      const [, id = '', encoded = ''] = /^([A-Za-z0-9_.-]{1,64}):(.+)$/.exec(one) ?? [];
      const key = Buffer.from(encoded, 'base64');
      if (id === '') throw new CodecError(`codec key ${at + 1} is not of the form id:key`);
      if (key.length !== keyBytes) throw new CodecError(`codec key '${id}' has ${key.length} bytes, not ${keyBytes}`);
      return { id, key };
    });
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new CodecError('two codec keys have the same id');
  return keys;
}

/** The converter for clients and workers; `undefined` where nothing is encrypted. */
export async function dataConverterOf(source: CodecSource | null): Promise<DataConverter | undefined> {
  if (source === null) return undefined;
  const keys = parseKeys(source.keys ?? (await printedBy(source.command ?? '')));
  // Messages of errors are no payloads unless the failure converter makes them some.
  const file = import.meta.url.endsWith('.ts') ? './sealed-failures.ts' : './sealed-failures.js';
  return { payloadCodecs: [createCodec(keys)], failureConverterPath: fileURLToPath(new URL(file, import.meta.url)) };
}

/** Of a vault or a cloud's key service. Its words on standard error are the operator's to see, its output is secret. */
async function printedBy(command: string): Promise<string> {
  try {
    const { stdout } = await run(command, { shell: true, timeout: longestCommandMs });
    return stdout;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none';
    throw new CodecError(`COPPICE_CODEC_KEY_COMMAND failed (exit code ${code})`);
  }
}
