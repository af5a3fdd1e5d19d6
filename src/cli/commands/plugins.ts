import type { Command } from 'commander';
import { configOf, outputOf } from '../command.ts';

export function pluginsCommand(program: Command): void {
  const plugins = program
    .command('plugins')
    .description('list the plugins of coppice.yaml, with their versions, digests and jobs')
    .action(async (_options, command: Command) => {
      const { listPlugins } = await import('../../operations/setup/plugins.ts');
      const { describePlugins } = await import('../describe-plugins.ts');
      const found = listPlugins(await configOf(command));
      outputOf(command).result(found, () =>
        found.length === 0 ? ['coppice.yaml names no plugins'] : describePlugins(found),
      );
    });
  plugins
    .command('build')
    .description('bundle the workflows of the plugins; a worker needs that before it starts')
    .action(async (_options, command: Command) => {
      const { buildPlugins } = await import('../../plugins/build.ts');
      const built = await buildPlugins(await configOf(command));
      outputOf(command).result(built, () =>
        built.length === 0
          ? ['coppice.yaml names no plugins: nothing to build']
          : built.map(
              ({ name, version, file, digest }) => `${name} ${version}: ${file}, bundle ${digest.slice(0, 12)}`,
            ),
      );
    });
}
