import type { Command } from 'commander';
import type { InsightJson, InsightSummaryJson } from '../../operations/intelligence/insights.ts';
import { withDatabase } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

export function insightsCommand(program: Command): void {
  program
    .command('insights')
    .description('show the topics of the last days, and what changed')
    .option('--period-days <number>', 'length of the period in days, 1 to 92', wholeNumber, 7)
    .option('--user <name>', 'of this user; without it, what enough users share')
    .action((options: { periodDays: number; user?: string }, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { insightSummary } = await import('../../operations/intelligence/insights.ts');
        const { periodDays, user = null } = options;
        const summary = await insightSummary(context, { periodDays, user });
        output.result(summary, () => describeSummary(summary));
        return exitCodes.success;
      }),
    );
}

function describeSummary({ data }: InsightSummaryJson): string[] {
  const { period, top_topics: topics, ...kinds } = data;
  const found = [kinds.emerging, kinds.fading, kinds.recurring, kinds.unanswered].flat();
  return [
    `${period.start.slice(0, 10)} to ${period.end.slice(0, 10)}, UTC`,
    ...(topics.length === 0
      ? ['no topics']
      : table([
          ['topic', 'questions', 'change'],
          ...topics.map(({ topic, count, change }) => [printable(topic), String(count), percent(change)]),
        ])),
    ...(found.length === 0 ? ['no insights'] : table([['kind', 'about', 'ratio', 'q'], ...found.map(describeInsight)])),
  ];
}

function describeInsight({ kind, topic, statistic: { ratio, q_value: value } }: InsightJson): string[] {
  return [kind, printable(topic), ratio === null ? '' : `${ratio}`, value === null ? '' : `${value}`];
}

function percent(change: number | null): string {
  return change === null ? 'new' : `${change > 0 ? '+' : ''}${Math.round(change * 100)} %`;
}
