import type { Command } from 'commander';
import { keepHeapSmall } from '../../small-heap.ts';
import { collect, withSession } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { stopOnSignals } from '../signals.ts';

/** In percent of what is in use: of what a long run holds, and not of all that it has ever held. */
const heapGrowthPercent = 20;

export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description('run a worker against an existing Temporal server')
    .option('--metrics <host:port>', "where Prometheus finds the Temporal SDK's own metrics (default: nowhere)")
    .option(
      '--serve <queue>',
      'take work from this task queue: main, or one of worker.task_queues; may be given several times (default: all)',
      collect,
      [],
    )
    .action((options: { metrics?: string; serve: readonly string[] }, command: Command) =>
      withSession(command, async ({ parts, temporal, config }, output) => {
        const { createLogger } = await import('../../telemetry/logger.ts');
        const { withTracing } = await import('../../telemetry/start-tracing.ts');
        const { runWorker } = await import('../../worker.ts');
        keepHeapSmall(heapGrowthPercent);
        const log = createLogger(config.logLevel);
        await withTracing(config, log, (tracing) =>
          runWorker({
            parts,
            temporal,
            log,
            tracing,
            schedules: 'worker',
            ...(options.serve.length === 0 ? {} : { serves: options.serve }),
            ...(options.metrics === undefined ? {} : { metricsAddress: options.metrics }),
            stop: stopOnSignals(),
            onReady: (info) => {
              const { taskQueue, taskQueues, namespace, installation } = info;
              const ready = { task_queue: taskQueue, task_queues: taskQueues, namespace, installation };
              output.result(ready, () => [`worker ready on task queue ${info.taskQueues.join(', ')}`]);
            },
          }),
        );
        return exitCodes.success;
      }),
    );
}
