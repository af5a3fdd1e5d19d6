/**
 * An application with a worker of Coppice in its own process, for library-worker.e2e.test.ts. Prints one line when the worker polls, and
 * one about what the process looks like after the worker has ended. `own-runtime`: it has installed a Temporal runtime of its own. `early`:
 * it has stopped another worker before that one polled.
 */
import { once } from 'node:events';
import { Runtime } from '@temporalio/worker';
import { createWorker } from 'coppice';
import pg from 'pg';
import { register } from 'prom-client';

const signals = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR2',
  'uncaughtException',
  'unhandledRejection',
  'exit',
];
const int8 = 20;

/** What an application could have set, and would lose. */
function surroundings() {
  return {
    listeners: Object.fromEntries(signals.map((name) => [name, process.listenerCount(name)])),
    globals: Object.getOwnPropertyNames(globalThis).length,
    parsesInt8: pg.types.getTypeParser(int8)('9007199254740993'),
    defaultPool: pg.defaults.parseInt8,
    metrics: register.getMetricsAsArray().length,
    environment: JSON.stringify(process.env),
    title: process.title,
    folder: process.cwd(),
  };
}

process.exit = () => {
  throw new Error('process.exit was called');
};
if (process.argv.includes('early')) {
  const early = await createWorker();
  const ending = early.run();
  early.shutdown();
  await ending;
  const error = await early.ready.catch((reason) => reason);
  process.stdout.write(`${JSON.stringify({ ready: error.message })}\n`);
}
const own = process.argv.includes('own-runtime') ? Runtime.install({ shutdownSignals: [] }) : null;
const before = surroundings();
const failure = await createWorker({ config: '/nonexistent/coppice.yaml' }).catch((error) => error);
const worker = await createWorker();
const running = worker.run();
process.stdout.write(`${JSON.stringify(await worker.ready)}\n`);
const during = surroundings();
// Temporal's SDK ends a runtime with its last connection, so this is asked while the worker runs.
const sameRuntime = own === null || own === Runtime.instance();
await once(process.stdin, 'data');
worker.shutdown();
await running;
const after = surroundings();
process.stdin.destroy();
process.stdout.write(`${JSON.stringify({ before, during, after, sameRuntime, failure: failure.message })}\n`);
