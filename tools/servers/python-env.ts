import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';

const FOLDER = join(import.meta.dirname, '../python');
const QUESTION_TIMEOUT_MS = 30_000;
const INSTALL_TIMEOUT_MS = 20 * 60_000;

/** A file of `tools/python`: applications for the tests of stores, clients for those of the HTTP API, rivals for benchmarks, schemas of Kubernetes. */
export type PythonSet =
  | 'requirements.txt'
  | 'api-requirements.txt'
  | 'bench-requirements.txt'
  | 'chart-requirements.txt';

/**
 * The Python whose libraries are those of a set, made once in the cache folder. Its name
 * follows from the requirements and from the machine's own Python, so that a change of either makes a new one. It is
 * filled under another name and then renamed, and so only `python -m` works in it: its scripts name the folder of before.
 */
export async function pythonEnvironment(
  log: (line: string) => void,
  set: PythonSet = 'requirements.txt',
): Promise<string> {
  const requirements = join(FOLDER, set);
  const version = await runTool('python3', ['-c', 'import sys; print(sys.executable, sys.version)'], {
    timeoutMs: QUESTION_TIMEOUT_MS,
  });
  const key = createHash('sha256').update(readFileSync(requirements)).update(version).digest('hex').slice(0, 16);
  const folder = join(cacheDir(process.env), `python-${key}`);
  if (!existsSync(folder)) log('Installing the Python libraries for the tests with pip: this takes a minute, once');
  await cachedFolder(folder, async (temporary) => {
    await runTool('python3', ['-m', 'venv', temporary], { timeoutMs: INSTALL_TIMEOUT_MS });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-cache-dir'];
    const only = ['--only-binary=:all:', '--require-hashes', '-r', requirements];
    await runTool(join(temporary, 'bin', 'python'), [...pip, ...only], { timeoutMs: INSTALL_TIMEOUT_MS });
  });
  return join(folder, 'bin', 'python');
}
