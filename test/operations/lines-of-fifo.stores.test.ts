import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InputLine, linesOfFile } from '../../src/operations/data/load/lines-of-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coppice-fifo-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fifo = (name: string): string => {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  return path;
};

it('reads a pipe with a name to its end', async () => {
  const path = fifo('read');
  const lines = linesOfFile(path);
  const first = lines.next();
  const writer = await open(path, 'w');
  await writer.write('a\nb');
  expect(await first).toEqual({ done: false, value: 'a' });
  await writer.write('c\n');
  await writer.close();
  const rest: InputLine[] = [];
  for await (const line of lines) rest.push(line);
  expect(rest).toEqual(['bc']);
});

it.each(['nobody writes', 'somebody writes nothing'])('stops at a pipe with a name to which %s', async (name) => {
  const path = fifo(name);
  const stop = new AbortController();
  const first = linesOfFile(path, { signal: stop.signal }).next();
  const writer = name === 'nobody writes' ? null : await open(path, 'w');
  stop.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');
  await writer?.close();
});
