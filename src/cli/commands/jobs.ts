import type { Command } from 'commander';
import { configOf, outputOf } from '../command.ts';

export function jobsCommand(program: Command): void {
  program
    .command('jobs')
    .description('list the jobs there are, with their parameters and schedules')
    .action(async (_options, command: Command) => {
      const { listJobs } = await import('../../operations/runs/jobs.ts');
      const config = await configOf(command);
      const jobs = listJobs({ config });
      outputOf(command).result(jobs, () =>
        jobs.flatMap((job) => [
          `${job.id}: ${job.title}`,
          ...(job.partition === null
            ? []
            : [`  by ${job.partition}, on ${job.collections.join(', ') || 'no collection'}`]),
          ...Object.entries(job.parameters).map(
            ([name, one]) => `  --set ${name}=${one.value ?? 'off'}${one.unit === null ? '' : ` (${one.unit})`}`,
          ),
          ...job.schedules.map(
            (one) =>
              `  runs ${one.cron ?? (one.once === undefined ? `every ${one.every_seconds} s` : `once at ${one.once}`)} (UTC)`,
          ),
        ]),
      );
    });
}
