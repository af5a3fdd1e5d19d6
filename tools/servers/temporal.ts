import { cacheDir } from '../../src/local/cache-dir.ts';
import { findTemporalCli } from '../../src/local/temporal-cli.ts';
import { type SearchAttributes, startTemporalServer } from '../../src/local/temporal-server.ts';
import type { StartOptions, TestServer } from './server.ts';
import { inServerFolder, killServer } from './server-folder.ts';

export interface TemporalOptions extends StartOptions {
  uiPort?: number;
  searchAttributes?: SearchAttributes;
  dynamicConfig?: readonly string[];
}

export interface TemporalTestServer extends TestServer {
  /** `host:port`, as `TEMPORAL_ADDRESS` wants it. */
  address: string;
  uiUrl: string;
  /** The `temporal` command. */
  cliPath: string;
}

export async function prepareTemporal(log: (line: string) => void): Promise<void> {
  await findTemporalCli({ env: process.env, cacheDir: cacheDir(process.env), log });
}

/** The Temporal dev server that `coppice up` starts too. */
export async function startTemporal(options: TemporalOptions): Promise<TemporalTestServer> {
  return inServerFolder('temporal', options.dir, async (folder) => {
    const server = await startTemporalServer({ ...options, dataDir: folder.path, env: process.env });
    return {
      ...{ url: server.uiUrl, address: server.address, uiUrl: server.uiUrl },
      ...{ cliPath: server.cli.path, pid: server.pid },
      kill: () => killServer(server),
      async stop() {
        await server.stop();
        folder.remove();
      },
    };
  });
}
