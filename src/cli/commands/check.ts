import type { Command } from 'commander';
import { outputOf } from '../command.ts';
import { databaseAddressOf } from '../database-address.ts';
import { exitCodes } from '../exit-codes.ts';
import { invocationOf } from '../invocation.ts';
import { printable } from '../output.ts';
import { dim } from '../style.ts';
import { wholeNumber } from '../whole-number.ts';

interface Options {
  readonly maxSeconds: number;
  readonly html?: string;
  readonly weaviate?: string;
}

export function checkCommand(program: Command): void {
  program
    .command('check')
    .description(
      'report the state of the knowledge in a database: needs no configuration and no Temporal; writes nothing',
    )
    .argument(
      '[database-url]',
      'postgres://USER:PASSWORD@HOST/DATABASE, bolt://… for Neo4j, redis://… for FalkorDB or http://… for Weaviate (default: --database-url, DATABASE_URL, or a running `up`)',
    )
    .option('--max-seconds <number>', 'end after so long, with what was found by then', wholeNumber, 60)
    .option(
      '--weaviate <url>',
      'Weaviate with vectors of the database: also count vectors without rows, and rows without vectors',
    )
    .option('--html <file>', 'write a report with charts to this file, too')
    .addHelpText(
      'after',
      `
Recognises what \`coppice init\` recognises, any other table with a column of pgvector, classes of Weaviate, and graphs of Graphiti and
others. Counts rows that have expired and
still exist, dates that cannot be read, rows without an owner, repeated texts, vectors without rows and rows without vectors, and
children of rows that do not exist; estimates near duplicates from a sample, with an error bound. All statements are read-only
and have a time limit, so that a replica in production can be checked. Exit code 5: something was not measured.`,
    )
    .action(async (url: string | undefined, { maxSeconds, html, weaviate }: Options, command: Command) => {
      const output = outputOf(command);
      const { check } = await import('../../operations/setup/check.ts');
      const databaseUrl = url ?? (await databaseAddressOf(command));
      const { stderr, env } = invocationOf(command).terminal;
      const onProgress = (line: string) => {
        if (stderr.isTTY === true) output.note(dim(`looking at ${printable(line)}`));
      };
      const report = await check({
        databaseUrl,
        maxSeconds,
        onProgress,
        weaviateUrl: weaviate ?? null,
        weaviateApiKey: env.WEAVIATE_API_KEY ?? null,
      });
      if (html !== undefined) {
        const { writeReport } = await import('../../operations/setup/check/report-html.ts');
        writeReport(html, report);
      }
      const { describeReport } = await import('../describe-check.ts');
      output.result(report, () => describeReport(report, html ?? null));
      invocationOf(command).exitCode = report.not_measured.length === 0 ? exitCodes.success : exitCodes.partial;
    });
}
