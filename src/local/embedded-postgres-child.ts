/**
 * The process of the embedded database: `embedded-postgres-child DATA_DIR PORT IDLE_TRANSACTION_TIMEOUT_MS LOCK_WAIT_MS`.
 * Apart from the worker, so that a long statement (the engine runs on the thread that calls it) never keeps the
 * worker from heartbeating. Ends cleanly on SIGTERM, which its guard also sends when our parent dies.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { lockPidFile } from './pid-file.ts';
import { serveWire } from './wire-server.ts';

const MAX_CLIENTS = 100;

const [dataDir = '', port = '', idleTransactionTimeoutMs = '', lockWaitMs = ''] = process.argv.slice(2);
mkdirSync(dataDir, { recursive: true, mode: 0o700 });
const unlock = await lockPidFile({
  file: join(dataDir, 'postgres.pid'),
  words: ['embedded-postgres-child', dataDir],
  waitMs: Number(lockWaitMs),
});

const engine = await PGlite.create(join(dataDir, 'postgres'), { extensions: { vector } });
await engine.exec('CREATE EXTENSION IF NOT EXISTS vector');
const server = await serveWire({
  engine,
  port: Number(port),
  maxClients: MAX_CLIENTS,
  idleTransactionTimeoutMs: Number(idleTransactionTimeoutMs),
  onFailure(error) {
    process.stderr.write(`The database engine failed: ${inspect(error)}\n`);
    process.exit(1);
  },
});

process.stdout.write(`listening on ${port}\n`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await server.close();
    await engine.close(); // a checkpoint: what was committed is in the data files
    unlock();
    process.exit(0);
  });
}
