import type { Command } from 'commander';
import type { Config } from '../../config/config.ts';
import { configOf, outputOf } from '../command.ts';
import { port } from '../port-option.ts';
import type { UpOptions } from '../up.ts';

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('start everything on this machine: Temporal with its Web UI, database, schedules and worker')
    .option(
      '--demo',
      'index the documentation of the installed packages, watch some of it expire, and run each job once on sample data',
      false,
    )
    .option('--port <port>', 'SQL port of the embedded database', port, 0)
    .option('--ui-port <port>', 'port of the Temporal Web UI', port, 0)
    .option('--temporal-port <port>', 'port of the Temporal server', port, 0)
    .option('--host <host>', 'address of the HTTP API (COPPICE_API_HOST; default 127.0.0.1)')
    .option('--api-port <port>', 'port of the HTTP API', port, 0)
    .addHelpText(
      'after',
      `
Uses DATABASE_URL and TEMPORAL_ADDRESS where they are set, else starts an embedded database and Temporal's dev server,
which keep their files in the data directory. Ports are free ones unless given. Everything listens on loopback only, but
the HTTP API where --host says otherwise. Its first token is in the file token of the data directory.
Ctrl-C stops all of it.`,
    )
    .action(async (options: UpOptions, command: Command) => {
      // Loaded after the plugins: the schemas of the HTTP API list the parameters of all jobs.
      const config = await configFor(options, command);
      const { up } = await import('../up.ts');
      await up(config, options, outputOf(command));
    });
}

/** The demo has a configuration of its own, unless the folder has one. */
async function configFor({ demo }: UpOptions, command: Command): Promise<Config> {
  const config = await configOf(command);
  if (!demo || config.file !== null) return config;
  const { writeDemoFile } = await import('../../demo/configuration.ts');
  writeDemoFile(config.dataDir);
  return configOf(command);
}
