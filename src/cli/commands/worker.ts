import type { Command } from 'commander';
import { createLogger } from '../../telemetry/logger.ts';
import { runWorker } from '../../worker.ts';
import { withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { stopOnSignals } from '../signals.ts';

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('run a worker against an existing Temporal server')
    .action((_options, command: Command) =>
      withSession(command, async ({ parts, temporal, config }, output) => {
        await runWorker({
          parts,
          temporal,
          log: createLogger(config.logLevel),
          schedules: 'worker',
          stop: stopOnSignals(),
          onReady: (info) => {
            const ready = { task_queue: info.taskQueue, namespace: info.namespace, installation: info.installation };
            output.result(ready, () => [`worker ready on task queue ${info.taskQueue}`]);
          },
        });
        return exitCodes.success;
      }),
    );
}
