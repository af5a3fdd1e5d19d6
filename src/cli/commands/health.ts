import type { Command } from 'commander';
import pc from 'picocolors';
import { doctor } from '../../operations/doctor.ts';
import { type Check, health } from '../../operations/health.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';

/** Two looks at the surroundings: can a run be carried out now, and does the mapping fit the stores. */
export function healthCommands(program: Command): void {
  program
    .command('health')
    .description('whether a run started now would be carried out')
    .action((_options, command: Command) =>
      withSession(command, async ({ context }, output) => {
        const result = await health(context);
        output.result(result, () => result.checks.map(describe));
        return result.ok ? exitCodes.success : exitCodes.failed;
      }),
    );
  program
    .command('doctor')
    .description('compare the mapping with the live stores')
    .option('--drift', 'also count rows without vectors and vectors without rows', false)
    .action((options: { drift: boolean }, command: Command) =>
      withSession(command, async ({ parts }, output) => {
        const result = await doctor(parts, options);
        output.result(result, () => [
          ...result.checks.map(describe),
          ...result.collections.flatMap((one) => [
            `${mark(one.problems.length === 0)} collection ${one.collection}: table ${one.table}, vectors: ${one.vectors}`,
            ...one.problems.map((problem) => `    ${problem}`),
            ...(one.drift === null
              ? []
              : [
                  `    ${one.drift.rows_without_vectors} rows without vectors, ${one.drift.vectors_without_row} vectors without a row`,
                ]),
          ]),
        ]);
        return result.ok ? exitCodes.success : exitCodes.failed;
      }),
    );
}

function describe(check: Check): string {
  return `${mark(check.ok)} ${check.name}: ${check.message}`;
}

function mark(ok: boolean): string {
  return ok ? pc.green('ok  ') : pc.red('FAIL');
}
