import { join } from 'node:path';

const MAIN_CLASS = 'org.neo4j.server.CommunityEntryPoint';
const OPENED = ['java.nio', 'java.io', 'sun.nio.ch', 'java.util.concurrent'];

/** A `neo4j.conf`: Bolt on loopback alone, little memory, no telemetry, no waiting at the stop. */
export function neo4jSettings(server: { port: number; plugins: string }): string {
  const settings = {
    'server.bolt.listen_address': `127.0.0.1:${server.port}`,
    'server.bolt.advertised_address': `localhost:${server.port}`,
    'server.http.enabled': false,
    'server.https.enabled': false,
    'server.directories.plugins': server.plugins,
    'server.memory.pagecache.size': '64m',
    'dbms.security.procedures.unrestricted': 'gds.*',
    'dbms.security.auth_lock_time': '0s', // the start tries a password that may not be set yet
    'dbms.usage_report.enabled': false,
    'db.tx_log.preallocate': false,
    'db.shutdown_transaction_end_timeout': '0s',
    'internal.server.bolt.thread_pool_shutdown_wait_time': '1s', // else a stop takes ten seconds
    'internal.server.bolt.connection_shutdown_wait_time': '1s',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

export interface Neo4jProcess {
  lib: string;
  home: string;
  conf: string;
  heapMb: number;
  fast: boolean;
  /** The archive of loaded classes to start from, or to write at the end. */
  classes: { read: string } | { write: string };
}

export function neo4jCommand(server: Neo4jProcess): { command: string; args: string[] } {
  const { lib, home, conf, heapMb, fast, classes } = server;
  const archive =
    'read' in classes ? `-XX:SharedArchiveFile=${classes.read}` : `-XX:ArchiveClassesAtExit=${classes.write}`;
  const java = ['-Xms64m', `-Xmx${heapMb}m`, '-XX:+UseSerialGC', ...(fast ? ['-XX:TieredStopAtLevel=1'] : []), archive];
  const opened = OPENED.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);
  const folders = [`--home-dir=${home}`, `--config-dir=${conf}`];
  // In console mode it writes what it does to its output, where its start is watched.
  const args = [...java, ...opened, '-cp', join(lib, '*'), MAIN_CLASS, ...folders, '--console-mode'];
  return { command: 'java', args };
}
