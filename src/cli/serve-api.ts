import { listenApi } from '../api/listen.ts';
import { hasToken } from '../operations/access/tokens.ts';
import { requireOwnInstallation } from '../operations/setup/own-installation.ts';
import { keepHeapSmall, limitNewSpace } from '../small-heap.ts';
import { createLogger } from '../telemetry/logger.ts';
import { withTracing } from '../telemetry/start-tracing.ts';
// Now and not with the first connection: an upgrade of the package in its place must not mix two versions in one process.
import '../temporal/connection.ts';
import { exitCodes } from './exit-codes.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';
import { aborted, stopOnSignals } from './signals.ts';

/** In percent of what is in use. */
const heapGrowthPercent = 30;
const newSpaceBytes = 16 * 1024 ** 2;

/** Serves the HTTP API until the process is told to stop. Returns the exit code. */
export async function serveApi(
  { config, context }: Session,
  output: Output,
  options: { readonly host?: string; readonly port?: number },
): Promise<number> {
  const stop = stopOnSignals();
  keepHeapSmall(heapGrowthPercent);
  limitNewSpace(newSpaceBytes);
  await requireOwnInstallation(context);
  if (!(await hasToken(context))) output.note('there is no token yet: coppice token create NAME --scope admin');
  const { host, port } = { ...config.api, ...options };
  const log = createLogger(config.logLevel);
  await withTracing(config, log, async () => {
    const api = await listenApi({ context, settings: config.api, log, host, port });
    output.result({ url: api.url }, () => [`HTTP API and console on ${api.url}, the API to read at ${api.url}/docs`]);
    await aborted(stop);
    await api.close();
  });
  return exitCodes.success;
}
