import type { Command } from 'commander';
import type { DeploymentJson } from '../../operations/setup/deployment.ts';
import { withOwnInstallation, withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';

export function deploymentCommand(program: Command): void {
  const deployment = program
    .command('deployment')
    .description('versions of workers side by side, as a Worker Deployment of Temporal');
  deployment
    .command('show')
    .description('list the versions with their workers and open runs')
    .action((_options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { showDeployment } = await import('../../operations/setup/deployment.ts');
        const found = await showDeployment(context);
        output.result(found, () => describe(found));
        return exitCodes.success;
      }),
    );
  deployment
    .command('set-current')
    .description('choose the version that new runs begin on; open runs stay where they are')
    .argument('[build-id]', 'the version; that of this installation of Coppice when left out')
    .option('--unversioned', 'workers without a version, to stop using a deployment', false)
    .action((buildId: string | undefined, options: { unversioned: boolean }, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { setCurrent } = await import('../../operations/setup/deployment.ts');
        const found = await setCurrent(context, options.unversioned ? null : buildId);
        output.result(found, () => describe(found));
        return exitCodes.success;
      }),
    );
  deployment
    .command('move')
    .description('move open runs to the current version, where they go on by replay')
    .argument('<id>', 'run id or workflow id of one run, or the build id of a version: all its open runs')
    .action((id: string, _options, command: Command) =>
      withOwnInstallation(command, async ({ context }, output) => {
        const { moveRuns } = await import('../../operations/setup/deployment.ts');
        const done = await moveRuns(context, id);
        output.result(done, () => done.moved.map((one) => `${one} goes on with version ${done.to}`));
        return exitCodes.success;
      }),
    );
}

function describe({ name, current, own, versions }: DeploymentJson): string[] {
  return [
    `deployment ${name}: new runs begin on ${current === null ? 'workers without a version' : `version ${printable(current)}`}`,
    ...table([
      ['version', 'state', 'workers', 'open runs', 'since'],
      ...versions.map(({ build_id: buildId, state, workers, open_runs: open, created_at: since }) => [
        `${printable(buildId)}${buildId === own ? ' (this one)' : ''}`,
        ...[state, String(workers), String(open)],
        since === null ? '-' : `${since.slice(0, 16).replace('T', ' ')} UTC`,
      ]),
    ]),
  ];
}
