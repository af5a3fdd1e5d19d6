import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';
import { testedVersion } from './tested-version.ts';

const pinnedVersion = '1.35.2';
const program = 'github.com/weaviate/weaviate/cmd/weaviate-server';
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** The path of the server, built from its source with Go the first time. */
export async function weaviateBinary(cacheDir: string, log: (line: string) => void): Promise<string> {
  const version = `v${testedVersion('weaviate', pinnedVersion)}`;
  const folder = join(cacheDir, `weaviate-${version}`);
  if (!existsSync(folder)) log(`Building Weaviate ${version} with go install: this takes some minutes, once`);
  await cachedFolder(folder, async (temporary) => {
    const env = { ...process.env, GOBIN: temporary, GOFLAGS: '-trimpath' };
    await runTool('go', ['install', `${program}@${version}`], { timeoutMs: BUILD_TIMEOUT_MS, env });
  });
  return join(folder, 'weaviate-server');
}
