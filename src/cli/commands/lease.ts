import type { Command } from 'commander';
import { breakLease, type LeaseJson, showLeases } from '../../operations/runs/leases.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function leaseCommand(program: Command): void {
  const lease = program.command('lease').description('the right to run a job: one holder, however it was started');
  lease
    .command('show')
    .description('who holds which lease')
    .argument('[name]', 'the job; all held leases when left out')
    .action((name: string | undefined, _options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const found = await showLeases(context, name ?? null);
        output.result(found, () => (found.length === 0 ? ['nobody holds a lease'] : found.map(describe)));
        return exitCodes.success;
      }),
    );
  lease
    .command('break')
    .description('take the lease from its holder, whose next batch then cannot commit')
    .argument('<name>', 'the job')
    .option('--force', 'also while the holder may still work', false)
    .action((name: string, options: { force: boolean }, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const broken = await breakLease(context, name, options.force);
        output.result(broken, () => [`lease '${name}' taken from run ${broken.run_id}`]);
        return exitCodes.success;
      }),
    );
}

function describe(lease: LeaseJson): string {
  const holder =
    lease.run_id === null ? 'free' : `held by ${lease.workflow_id} (run ${lease.run_id}) since ${lease.acquired_at}`;
  return `${lease.name}: ${holder}, generation ${lease.generation}`;
}
