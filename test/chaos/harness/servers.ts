import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/local/free-port.ts';
import { startPostgres } from '../../../tools/servers/postgres.ts';
import { startTemporal } from '../../../tools/servers/temporal.ts';
import { startWeaviate } from '../../../tools/servers/weaviate.ts';
import { type Restartable, restartable } from '../../support/restartable.ts';
import type { Stage, StoreName } from '../fault.ts';
import { smallDiskLauncher } from './small-disk.ts';

export interface Servers {
  readonly postgres: Restartable & { readonly url: string };
  readonly temporal: Restartable & { readonly address: string; readonly cliPath: string };
  readonly weaviate: (Restartable & { readonly url: string }) | null;
  /** Where the small disk is, if there is one. */
  readonly smallDisk: string | null;
  stop(): Promise<void>;
}

/**
 * A frozen worker's polls stay open, and each workflow task that the server hands them is lost for this long; ten seconds
 * by default.
 */
const dynamicConfig = ['history.defaultWorkflowTaskTimeout="2s"'];
const log = () => {};

/** Servers of the chaos command's own: the ones that other tests share must not be killed. */
export async function startServers(store: StoreName, stage: Stage): Promise<Servers> {
  const root = mkdtempSync(join(tmpdir(), 'coppice-chaos-'));
  chmodSync(root, 0o755); // PostgreSQL may run as another user
  const dirOf = (name: string) => {
    const dir = join(root, name);
    mkdirSync(dir, { recursive: true });
    return dir;
  };
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.allSettled(started.map((server) => server.stop()));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    const smallDisk = stage === 'small disk' ? dirOf('small') : null;
    const launcher = smallDisk === null ? [] : smallDiskLauncher(smallDisk);
    const place = { dir: dirOf('postgres'), port: await freePort(), fast: true, launcher, log };
    const [postgres, temporal, weaviate] = await Promise.all([
      restartable(() => startPostgres(place), started),
      startableTemporal(dirOf('temporal'), started),
      store === 'weaviate' ? startableWeaviate(dirOf('weaviate'), started) : null,
    ]);
    return { postgres: { ...postgres, url: postgres.first.url }, temporal, weaviate, smallDisk, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startableTemporal(dir: string, started: { stop(): Promise<void> }[]) {
  const port = await freePort();
  const server = await restartable(() => startTemporal({ dir, port, dynamicConfig, log }), started);
  const { address, cliPath } = server.first;
  return { ...server, address, cliPath };
}

async function startableWeaviate(dir: string, started: { stop(): Promise<void> }[]) {
  let ports: Awaited<ReturnType<typeof startWeaviate>>['ports'] | null = null;
  const server = await restartable(async () => {
    const weaviate = await startWeaviate({ dir, log, ...(ports === null ? {} : { ports }) });
    ports = weaviate.ports;
    return weaviate;
  }, started);
  return { ...server, url: server.first.url };
}
