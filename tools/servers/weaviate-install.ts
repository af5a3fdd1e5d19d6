import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder } from '../../src/local/cached-folder.ts';
import { runTool } from '../../src/local/run-tool.ts';

const VERSION = 'v1.35.2';
const PACKAGE = `github.com/weaviate/weaviate/cmd/weaviate-server@${VERSION}`;
const BUILD_TIMEOUT_MS = 45 * 60_000;

/** The path of the server, built from its source with Go the first time. */
export async function weaviateBinary(cacheDir: string, log: (line: string) => void): Promise<string> {
  const folder = join(cacheDir, `weaviate-${VERSION}`);
  if (!existsSync(folder)) log(`Building Weaviate ${VERSION} with go install: this takes some minutes, once`);
  await cachedFolder(folder, async (temporary) => {
    const env = { ...process.env, GOBIN: temporary, GOFLAGS: '-trimpath' };
    await runTool('go', ['install', PACKAGE], { timeoutMs: BUILD_TIMEOUT_MS, env });
  });
  return join(folder, 'weaviate-server');
}
