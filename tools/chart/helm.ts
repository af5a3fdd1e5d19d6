import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';

const VERSION = 'v3.19.2';
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** The path of Helm, built from its source with Go the first time. */
export async function helmBinary(log: (line: string) => void): Promise<string> {
  const folder = join(cacheDir(process.env), `helm-${VERSION}`);
  if (!existsSync(folder)) log(`Building Helm ${VERSION} with go install: this takes some minutes, once`);
  await cachedFolder(folder, async (temporary) => {
    const env = { ...process.env, GOBIN: temporary, GOFLAGS: '-trimpath' };
    await runTool('go', ['install', `helm.sh/helm/v3/cmd/helm@${VERSION}`], { timeoutMs: BUILD_TIMEOUT_MS, env });
  });
  return join(folder, 'helm');
}
