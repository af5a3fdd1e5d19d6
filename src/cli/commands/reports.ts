import { type Command, Option } from 'commander';
import type { InsightScope } from '../../domain/insights/insight.ts';
import { type ReportType, reportTypes } from '../../domain/reports/report.ts';
import type { ReportEntryJson } from '../../operations/intelligence/reports.ts';
import { reportRun, withDatabase, withOwnInstallation } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printable, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

const scopes = ['user', 'organisation'] as const;
const formats = ['markdown', 'html'] as const;

interface ListOptions {
  readonly type?: ReportType;
  readonly scope?: InsightScope;
  readonly user?: string;
  readonly limit: number;
}

export function reportsCommand(program: Command): void {
  const reports = program.command('reports').description('list, show and write reports of what users asked');
  reports
    .command('list')
    .description('list them, the latest period first')
    .addOption(new Option('--type <type>', 'of this type').choices(reportTypes))
    .addOption(new Option('--scope <scope>', 'of this scope').choices(scopes))
    .option('--user <name>', 'of this user')
    .option('--limit <number>', 'the most that are printed', wholeNumber, 50)
    .action((options: ListOptions, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { listReports } = await import('../../operations/intelligence/reports.ts');
        const { type = null, scope = null, user = null, limit } = options;
        const found = await listReports(context, { reportType: type, scope, user, limit });
        output.result(found, () => describeList(found.data));
        return exitCodes.success;
      }),
    );
  reports
    .command('show')
    .description('show one as Markdown or HTML; with --json as data')
    .argument('<report>', 'the id of a report')
    .addOption(new Option('--format <format>', 'how').choices(formats).default('markdown'))
    .option('--open', 'write it as HTML to a file and open that in the browser', false)
    .action((id: string, options: { format: 'markdown' | 'html'; open: boolean }, command: Command) =>
      withDatabase(command, async ({ context }, output) => {
        const { reportAsHtml, reportAsMarkdown, showReport } = await import('../../operations/intelligence/reports.ts');
        if (options.open) return openPage(id, await reportAsHtml(context, id), output.note);
        const text = await (options.format === 'html' ? reportAsHtml : reportAsMarkdown)(context, id);
        output.result(await showReport(context, id), () => [text.trimEnd()]);
        return exitCodes.success;
      }),
    );
  generateCommand(reports);
}

function generateCommand(reports: Command): void {
  reports
    .command('generate')
    .description('write reports up to today now, and wait for them')
    .addOption(new Option('--type <type>', 'of this type').choices(reportTypes).default('weekly'))
    .addOption(new Option('--scope <scope>', 'for users, or for all together').choices(scopes).default('user'))
    .option('--user <name>', 'only for this user')
    .option('--open', 'open the report in the browser', false)
    .action((options: { type: ReportType; scope: InsightScope; user?: string; open: boolean }, command: Command) =>
      withOwnInstallation(command, async (session, output) => {
        const { context } = session;
        const operations = await import('../../operations/intelligence/reports.ts');
        const { waitForRun } = await import('../../operations/runs/wait.ts');
        const asked = { reportType: options.type, scope: options.scope, user: options.user ?? null };
        const run = await waitForRun(context, (await operations.generateReports(context, asked)).run_id);
        if (run.status !== 'success') return reportRun(session, output, run, false);
        const report = await operations.generatedReport(context, asked);
        const { toMarkdown } = await import('../../domain/reports/markdown.ts');
        const { toHtml } = await import('../../domain/reports/html.ts');
        if (options.open) return openPage(report.id ?? 'empty', toHtml(report), output.note);
        output.result(report, () => [toMarkdown(report).trimEnd()]);
        return exitCodes.success;
      }),
    );
}

/** The page holds text of users: the file is for this user of the machine alone. */
async function openPage(id: string, page: string, note: (line: string) => void): Promise<number> {
  const { mkdtempSync, writeFileSync } = await import('node:fs');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const { spawn } = await import('node:child_process');
  const file = join(mkdtempSync(join(tmpdir(), 'coppice-report-')), `${id.replaceAll(/[^0-9a-z]/g, '')}.html`);
  writeFileSync(file, page, { mode: 0o600 });
  note(file);
  const opener = { darwin: 'open', win32: 'explorer' }[String(process.platform)] ?? 'xdg-open';
  const child = spawn(opener, [file], { detached: true, stdio: 'ignore' });
  // Without a desktop there is the file, whose name was printed.
  child.on('error', () => {});
  child.unref();
  return exitCodes.success;
}

function describeList(reports: readonly ReportEntryJson[]): string[] {
  if (reports.length === 0) return ['no reports'];
  return table([
    ['id', 'type', 'of', 'from', 'to', 'written'],
    ...reports.map((one) => [
      one.id,
      one.report_type,
      one.user_id === null ? 'organisation' : printable(one.user_id).slice(0, 40),
      one.period_start.slice(0, 10),
      one.period_end.slice(0, 10),
      one.created_at.slice(0, 19),
    ]),
  ]);
}
