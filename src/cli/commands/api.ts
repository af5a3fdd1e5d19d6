import type { Command } from 'commander';
import { listenApi } from '../../api/listen.ts';
import { keepHeapSmall } from '../../api/small-heap.ts';
import { hasToken } from '../../operations/access/tokens.ts';
import { requireOwnInstallation } from '../../operations/setup/own-installation.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { withTracing } from '../../telemetry/start-tracing.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { port } from '../port-option.ts';
import { aborted, stopOnSignals } from '../signals.ts';

export function apiCommand(program: Command): void {
  program
    .command('api')
    .description('serve the HTTP API: docs/http-api.md, /openapi.json')
    .option('--host <host>', 'address to listen on (COPPICE_API_HOST; default 127.0.0.1)')
    .option('--port <port>', 'port to listen on (COPPICE_API_PORT; default 7410)', port)
    .addHelpText(
      'after',
      `
Every request needs a token (coppice token create). Without one the API listens on loopback only. It serves plain HTTP:
put what gives TLS before it. It needs the database and a Temporal server; workers run elsewhere.`,
    )
    .action((options: { host?: string; port?: number }, command: Command) =>
      withSession(command, async ({ config, context }, output) => {
        const stop = stopOnSignals();
        keepHeapSmall();
        await requireOwnInstallation(context);
        if (!(await hasToken(context))) output.note('there is no token yet: coppice token create NAME --scope admin');
        const { host, port: number } = { ...config.api, ...options };
        const log = createLogger(config.logLevel);
        await withTracing(config, log, async () => {
          const api = await listenApi({ context, settings: config.api, log, host, port: number });
          output.result({ url: api.url }, () => [`HTTP API on ${api.url}, to read at ${api.url}/docs`]);
          await aborted(stop);
          await api.close();
        });
        return exitCodes.success;
      }),
    );
}
