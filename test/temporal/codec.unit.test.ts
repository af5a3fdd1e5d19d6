import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { CodecError, createCodec, dataConverterOf, parseKeys } from '../../src/temporal/codec.ts';

const key = () => randomBytes(32).toString('base64');
const payload = defaultPayloadConverter.toPayload({ name: 'a secret', n: 1 });
const [first, second] = [`first:${key()}`, `second:${key()}`];
const codecOf = (text: string) => createCodec(parseKeys(text));

describe('the payload codec', () => {
  it('gives back exactly what it was given, and shows nothing of it', async () => {
    const codec = codecOf(first);
    const [sealed] = await codec.encode([payload]);
    expect(Buffer.from(sealed?.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
    expect(Buffer.from(sealed?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('first');
    expect(Buffer.from(sealed?.data ?? []).toString('latin1')).not.toContain('secret');
    const [opened] = await codec.decode([sealed ?? {}]);
    expect(defaultPayloadConverter.fromPayload(opened ?? {})).toEqual({ name: 'a secret', n: 1 });
  });

  it('the same twice is never the same', async () => {
    const [a, b] = await codecOf(first).encode([payload, payload]);
    expect(Buffer.from(a?.data ?? []).equals(Buffer.from(b?.data ?? []))).toBe(false);
  });

  it('the first key encrypts, all decrypt', async () => {
    const [old] = await codecOf(first).encode([payload]);
    const rotated = codecOf(`${second}\n${first}`);
    const [fresh] = await rotated.encode([payload]);
    expect(Buffer.from(fresh?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('second');
    const opened = await rotated.decode([old ?? {}, fresh ?? {}]);
    expect(opened.map((one) => defaultPayloadConverter.fromPayload(one))).toEqual([
      { name: 'a secret', n: 1 },
      { name: 'a secret', n: 1 },
    ]);
  });

  it('unencrypted data are read unchanged', async () => {
    expect(await codecOf(first).decode([payload])).toEqual([payload]);
  });

  it('without the key, with another of that id, and for changed bytes the error names the key', async () => {
    const [sealed = {}] = await codecOf(first).encode([payload]);
    const changed = { ...sealed, data: Buffer.from(sealed.data ?? []).fill(1, 20, 21) };
    for (const [codec, given] of [
      [codecOf(second), sealed],
      [codecOf(`first:${key()}`), sealed],
      [codecOf(first), changed],
    ] as const) {
      const error: unknown = await codec.decode([given]).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CodecError);
      expect(String(error)).toContain("key 'first'");
    }
  });
});

describe('keys', () => {
  it.each([
    ['nonsense', 'codec key 1 is not of the form id:key'],
    [`a:${key()},b`, 'codec key 2 is not of the form id:key'],
    ['short:AAAA', "codec key 'short' has 3 bytes, not 32"],
    [`a:${key()},a:${key()}`, 'two codec keys have the same id'],
  ])('%s is refused, without being quoted', (text, message) => {
    expect(() => parseKeys(text)).toThrow(message);
  });

  it('come from a command, whose failure is named', async () => {
    expect((await dataConverterOf({ keys: null, command: `echo ${first}` }))?.payloadCodecs).toHaveLength(1);
    await expect(dataConverterOf({ keys: null, command: 'exit 3' })).rejects.toThrow('failed (exit code 3)');
    await expect(dataConverterOf({ keys: null, command: 'true' })).rejects.toThrow('there is no key');
    expect(await dataConverterOf(null)).toBeUndefined();
  });
});
