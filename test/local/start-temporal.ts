/** Starts a Temporal server and waits to be killed: a parent for temporal-server.e2e.test.ts. Prints the server's pid. */
import { startTemporalServer } from '../../src/local/temporal-server.ts';

const server = await startTemporalServer({ dataDir: process.argv[2] ?? '', env: process.env, log() {} });
process.stdout.write(`${server.pid}\n`);
