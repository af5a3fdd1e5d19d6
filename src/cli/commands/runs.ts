import { type Command, Option } from 'commander';
import { type RunStatus, runStatuses } from '../../domain/run.ts';
import { withDatabase } from '../command.ts';
import { describeFinding } from '../describe-finding.ts';
import { describeRun } from '../describe-run.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { sinceTime } from '../since-option.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly job?: string;
  readonly status?: RunStatus;
  readonly since?: Date;
  readonly limit: number;
}

export function runsCommand(program: Command): void {
  const runs = program
    .command('runs')
    .description('list the latest runs')
    .option('--job <job>', 'only of this job')
    .addOption(new Option('--status <status>', 'only with this status').choices(runStatuses))
    .option(
      '--since <time>',
      'only those asked for since: an age (90m, 24h, 7d) or a time (2026-01-31T08:00Z)',
      sinceTime,
    )
    .option('--limit <number>', 'the most that are printed', wholeNumber, 20)
    .action((options: Options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listRuns } = await import('../../operations/runs/runs.ts');
        const { job = null, status = null, since = null, limit } = options;
        const found = await listRuns(context, { job, status, since, limit });
        output.result(found, () =>
          table([
            ['run', 'job', 'kind', 'status', 'started', 'took', 'did'],
            ...found.map((run) => [
              run.run_id,
              run.job,
              run.kind,
              run.status,
              run.started_at?.slice(0, 19) ?? '',
              run.duration_ms === null ? '' : `${(run.duration_ms / 1000).toFixed(1)} s`,
              didWhat(run.totals),
            ]),
          ]),
        );
        return exitCodes.success;
      }),
    );
  runs
    .command('show')
    .description('one run, with its survey')
    .argument('<run>', 'run id or workflow id')
    .action((id: string, _options, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { showRun } = await import('../../operations/runs/runs.ts');
        const run = await showRun(context, id);
        output.result(run, () => [
          ...describeRun(run),
          ...run.left_alone.map(
            ({ id, outcome, reason }) =>
              `  ${outcome.replaceAll('_', ' ')}: ${printable(id)}: ${printable(reason ?? '')}`,
          ),
          ...run.findings.map((one) => `  ${describeFinding(one)}`),
          ...run.superseded.map((one) => `  left alone, it exists again: ${one.collection} ${printable(one.id)}`),
        ]);
        return exitCodes.success;
      }),
    );
  runs
    .command('entities')
    .description('list what a run of profile-maintenance did to each entity')
    .argument('<run>', 'run id or workflow id')
    .option('--limit <number>', 'the most that are printed', wholeNumber, 50)
    .action((id: string, { limit }: { limit: number }, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listEntityResults } = await import('../../operations/runs/entity-results.ts');
        const { entities } = await listEntityResults(context, id, { limit, cursor: null });
        output.result(entities, () =>
          table([
            ['collection', 'entity', 'type', 'bot', 'before', 'after', 'categories', 'error'],
            ...entities.map((one) => [
              one.collection,
              printable(one.entity_id).slice(0, 40),
              printable(one.entity_type),
              printable(one.bot_id ?? ''),
              String(one.attributes_before),
              String(one.attributes_after),
              printable(one.categories_updated.join(', ')),
              one.error ?? '',
            ]),
          ]),
        );
        return exitCodes.success;
      }),
    );
}

function didWhat(totals: Readonly<Record<string, number>>): string {
  const words = Object.entries(totals).filter(([, count]) => count > 0);
  return words.map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`).join(', ');
}
