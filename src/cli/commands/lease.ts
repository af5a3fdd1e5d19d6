import type { Command } from 'commander';
import type { LeaseJson } from '../../operations/runs/leases.ts';
import { withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

export function leaseCommand(program: Command): void {
  const lease = program.command('lease').description('the right to run a job: one holder, however it was started');
  lease
    .command('show')
    .description('who holds which lease')
    .argument('[name]', 'the job; all held leases when left out')
    .action((name: string | undefined, _options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { showLeases } = await import('../../operations/runs/leases.ts');
        const found = await showLeases(context, name ?? null);
        output.result(found, () => (found.length === 0 ? ['no lease is held'] : found.map(describe)));
        return exitCodes.success;
      }),
    );
  lease
    .command('break')
    .description('take the lease from its holder, whose next batch then cannot commit')
    .argument('<name>', 'the job')
    .option('--force', 'also while the holder may still work', false)
    .action((name: string, options: { force: boolean }, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { breakLease } = await import('../../operations/runs/leases.ts');
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
