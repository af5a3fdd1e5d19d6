import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InputLine, linesOfFile } from '../../src/operations/data/load/lines-of-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(content: string | Buffer, limitBytes?: number): Promise<InputLine[]> {
  const path = join(folder, 'input.jsonl');
  writeFileSync(path, content);
  const found: InputLine[] = [];
  const options = limitBytes === undefined ? {} : { limitBytes };
  for await (const line of linesOfFile(path, options)) found.push(line);
  return found;
}

it('reads lines, the last one with or without its end', async () => {
  expect(await read('')).toEqual([]);
  expect(await read('a\n\nb\r\nc')).toEqual(['a', '', 'b\r', 'c']);
  expect(await read('a\n')).toEqual(['a']);
});

it('puts lines together that came in several reads, whatever character lay on the border', async () => {
  const all = Array.from({ length: 5 }, (_, at) => `${at}${'文書🙂'.repeat(70_000 + at)}`);
  expect(await read(all.join('\n'))).toEqual(all);
});

it('reports a line that is too long, or not UTF-8, and reads on', async () => {
  const tooLong = { problem: 'is longer than 64 MiB' };
  expect(await read(`ab\n${'x'.repeat(3_000_000)}\nabc\nabcd\n`, 3)).toEqual(['ab', tooLong, 'abc', tooLong]);
  const broken = Buffer.concat([Buffer.from('{"a": "'), Buffer.from([0xff]), Buffer.from('"}\nb')]);
  expect(await read(broken)).toEqual([{ problem: 'is not valid UTF-8' }, 'b']);
});

it('refuses at once what it cannot read', () => {
  const missing = join(folder, 'missing.jsonl');
  const error = { name: 'InputError', kind: 'missing', message: `${missing}: there is no such file` };
  expect(() => linesOfFile(missing)).toThrow(expect.objectContaining(error));
  expect(() => linesOfFile(folder)).toThrow(/is a directory, not a file/);
});

it('stops on request', async () => {
  const path = join(folder, 'long.jsonl');
  writeFileSync(path, 'line\n'.repeat(500_000));
  const stop = new AbortController();
  const lines = linesOfFile(path, { signal: stop.signal });
  await lines.next();
  stop.abort(new Error('enough'));
  const rest = async () => {
    for await (const _ of lines);
  };
  await expect(rest()).rejects.toThrow('enough');
});
