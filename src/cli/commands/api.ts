import type { Command } from 'commander';
import { withSession } from '../command.ts';
import { port } from '../port-option.ts';

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
      withSession(command, async (session, output) => {
        const { serveApi } = await import('../serve-api.ts');
        return serveApi(session, output, options);
      }),
    );
}
