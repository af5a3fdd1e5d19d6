import { join } from 'node:path';
import { cacheDir } from '../../src/local/cache-dir.ts';
import { startChild } from '../../src/local/child-process.ts';
import { freePort, requiredPort, retryPortClash } from '../../src/local/free-port.ts';
import type { StartOptions, TestServer } from './server.ts';
import { inServerFolder, killServer, type ServerFolder } from './server-folder.ts';
import { weaviateBinary } from './weaviate-install.ts';

const START_TIMEOUT_MS = 90_000;
const HEALTH_CALL_TIMEOUT_MS = 2_000;

/** All of them, for a restart where clients look for it. */
export interface WeaviatePorts {
  http: number;
  grpc: number;
  gossip: number;
  data: number;
  raft: number;
  raftRpc: number;
  profiling: number;
}

export interface WeaviateOptions extends StartOptions {
  ports?: WeaviatePorts;
  /** Settings of the server besides ours: modules and their keys. */
  env?: Readonly<Record<string, string>>;
}

export interface WeaviateServer extends TestServer {
  host: string;
  ports: WeaviatePorts;
}

export async function prepareWeaviate(log: (line: string) => void): Promise<void> {
  await weaviateBinary(cacheDir(process.env), log);
}

/** One Weaviate node on loopback, open to anyone there; without modules unless `env` enables some. */
export async function startWeaviate(options: WeaviateOptions): Promise<WeaviateServer> {
  return inServerFolder('weaviate', options.dir, (folder) => start(options, folder));
}

async function start(options: WeaviateOptions, folder: ServerFolder): Promise<WeaviateServer> {
  const { log } = options;
  const command = await weaviateBinary(cacheDir(process.env), log);
  return retryPortClash(async () => {
    const ports = options.ports ?? (await choosePorts(options.port));
    const host = '127.0.0.1';
    const url = `http://${host}:${ports.http}`;
    const child = await startChild({
      name: 'Weaviate',
      command,
      args: ['--host', host, '--port', String(ports.http), '--scheme', 'http'],
      env: { ...process.env, ...settings(ports, folder.path), ...options.env },
      logFile: join(folder.path, 'weaviate.log'),
      announces: `Serving weaviate at ${url}`,
      isHealthy: () => isReady(url),
      healthTimeoutMs: START_TIMEOUT_MS,
    });
    log(`Weaviate ready at ${url}, gRPC on ${ports.grpc}`);
    return {
      ...{ url, host, ports, pid: child.pid },
      kill: () => killServer(child),
      async stop() {
        await child.stop();
        folder.remove();
      },
    };
  });
}

async function choosePorts(wantedHttp: number | undefined): Promise<WeaviatePorts> {
  const http = wantedHttp ? await requiredPort(wantedHttp, 'Weaviate') : await freePort();
  const [gossip, data] = await freePortPair();
  const [raft, raftRpc] = await freePortPair();
  return { http, grpc: await freePort(), gossip, data, raft, raftRpc, profiling: await freePort() };
}

/** A node on localhost takes it that a peer's second port is its first plus one, and it is its own first peer. */
async function freePortPair(): Promise<[number, number]> {
  for (;;) {
    const port = await freePort();
    if ((await freePort(port + 1)) === port + 1) return [port, port + 1];
  }
}

function settings(ports: WeaviatePorts, folder: string): Record<string, string> {
  return {
    AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true',
    PERSISTENCE_DATA_PATH: join(folder, 'data'),
    DEFAULT_VECTORIZER_MODULE: 'none',
    CLUSTER_HOSTNAME: 'node1',
    CLUSTER_IN_LOCALHOST: 'true',
    CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
    CLUSTER_GOSSIP_BIND_PORT: String(ports.gossip),
    CLUSTER_DATA_BIND_PORT: String(ports.data),
    RAFT_BOOTSTRAP_EXPECT: '1',
    RAFT_TIMEOUTS_MULTIPLIER: '1', // one node need not wait for others before it elects itself
    RAFT_PORT: String(ports.raft),
    RAFT_INTERNAL_RPC_PORT: String(ports.raftRpc),
    GO_PROFILING_PORT: String(ports.profiling),
    GRPC_PORT: String(ports.grpc),
    DISABLE_TELEMETRY: 'true',
    LOG_LEVEL: 'info',
  };
}

async function isReady(url: string): Promise<boolean> {
  const signal = AbortSignal.timeout(HEALTH_CALL_TIMEOUT_MS);
  return (await fetch(`${url}/v1/.well-known/ready`, { signal })).ok;
}
