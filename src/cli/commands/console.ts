import type { Command } from 'commander';
import { configOf, withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function consoleCommand(program: Command): void {
  program
    .command('console')
    .description('print a link that signs in to the console once, within ten minutes')
    .option('--token <name>', 'act as this token; its name, never its secret', 'up')
    .option('--url <url>', 'address of the HTTP API (default: of the running `up`, else of the configuration)')
    .addHelpText(
      'after',
      '\nThe first `coppice up` makes the token `up`. Anyone who opens the link first has the rights of the token.',
    )
    .action(async (options: { token: string; url?: string }, command: Command) => {
      const { api, dataDir } = await configOf(command);
      await withDatabase(command, async ({ context }, output) => {
        const { createSignInLink } = await import('../../operations/access/console-sessions.ts');
        const { findRunningUp } = await import('../running-up.ts');
        const { signInAddress } = await import('../sign-in-address.ts');
        const running = await findRunningUp(dataDir, output.note);
        const base = options.url ?? running?.api_url ?? `http://${api.host}:${api.port}`;
        const url = signInAddress(base, await createSignInLink(context, options.token));
        output.result({ url }, () => [url]);
        return exitCodes.success;
      });
    });
}
