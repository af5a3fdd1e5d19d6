import { type Command, Option } from 'commander';
import { type Duty, duties } from '../../operations/setup/grants/needs.ts';
import type { RoleNames } from '../../operations/setup/grants.ts';
import { withSession } from '../command.ts';
import { describeCheck, describeDoctor } from '../describe-doctor.ts';
import { describeGrants } from '../describe-grants.ts';
import { describeJobTimes } from '../describe-job-times.ts';
import { describeStranded, describeWorkers } from '../describe-workers.ts';
import { exitCodes } from '../exit-codes.ts';

interface DoctorFlags extends RoleNames {
  readonly drift: boolean;
  readonly as?: Duty;
  readonly grants: boolean;
}

/** Two looks at the surroundings: can a run be carried out now, and does the mapping fit the stores. */
export function healthCommands(program: Command): void {
  program
    .command('health')
    .description('tell whether a run started now would be carried out, and when each job ran last and runs next')
    .action((_options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const { health } = await import('../../operations/monitoring/health.ts');
        const result = await health(context);
        output.result(result, () => [
          ...result.checks.map(describeCheck),
          ...describeWorkers(result),
          ...describeStranded(result),
          '',
          ...describeJobTimes(result.jobs),
        ]);
        return result.ok ? exitCodes.success : exitCodes.failed;
      }),
    );
  program
    .command('doctor')
    .description('compare the mapping with the live stores; reads only')
    .option('--drift', 'also count rows without vectors and vectors without rows', false)
    .addOption(
      new Option('--as <duty>', 'the purpose of the role (default: worker if it may delete rows)').choices(duties),
    )
    .option('--grants', 'print the SQL that gives three roles the least they need, and nothing else', false)
    .option('--owner <role>', 'with --grants: who runs coppice migrate (default: coppice_owner)')
    .option('--worker <role>', 'with --grants: who runs coppice worker (default: coppice_worker)')
    .option('--reader <role>', 'with --grants: who only previews and looks (default: coppice_reader)')
    .action((options: DoctorFlags, command: Command) =>
      withSession(command, async ({ parts, context }, output) => {
        if (options.grants) {
          const { grants } = await import('../../operations/setup/grants.ts');
          const result = await grants(parts, options);
          output.result(result, () => describeGrants(result));
          return exitCodes.success;
        }
        const { doctor } = await import('../../operations/setup/doctor.ts');
        const result = await doctor(context, { drift: options.drift, as: options.as ?? null });
        output.result(result, () => describeDoctor(result));
        return result.ok ? exitCodes.success : exitCodes.failed;
      }),
    );
}
