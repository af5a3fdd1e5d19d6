import { Command } from 'commander';
import { packageVersion } from '../config/package-version.ts';
import { adoptCommand } from './commands/adopt.ts';
import { alertsCommand } from './commands/alerts.ts';
import { apiCommand } from './commands/api.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { checkCommand } from './commands/check.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { consoleCommand } from './commands/console.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { decisionCommands } from './commands/decisions.ts';
import { deploymentCommand } from './commands/deployment.ts';
import { forgetCommand } from './commands/forget.ts';
import { groupsCommand } from './commands/groups.ts';
import { healthCommands } from './commands/health.ts';
import { holdsCommand } from './commands/holds.ts';
import { initCommand } from './commands/init.ts';
import { insightsCommand } from './commands/insights.ts';
import { jobsCommand } from './commands/jobs.ts';
import { leaseCommand } from './commands/lease.ts';
import { loadCommand } from './commands/load.ts';
import { mergesCommand } from './commands/merges.ts';
import { migrateCommand } from './commands/migrate.ts';
import { pluginsCommand } from './commands/plugins.ts';
import { previewCommand } from './commands/preview.ts';
import { proposalsCommand } from './commands/proposals.ts';
import { reportsCommand } from './commands/reports.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { statusCommand } from './commands/status.ts';
import { tokenCommand } from './commands/token.ts';
import { uninstallCommand } from './commands/uninstall.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { exitCodesHelp } from './exit-codes.ts';

/** The whole command line; a new command is a file in `commands/` and a line here. */
export function createProgram(): Command {
  const program = new Command('coppice')
    .description('Durable maintenance for the knowledge behind AI applications, on Temporal.')
    .version(packageVersion())
    .option('--json', 'print one JSON document on standard output, and nothing else there')
    .option('--config <file>', 'configuration file (COPPICE_CONFIG; default coppice.yaml if there is one)')
    .option(
      '--data-dir <dir>',
      'embedded state, and where a running `up` is found (COPPICE_DATA_DIR; default .coppice)',
    )
    .option('--database-url <url>', 'PostgreSQL with pgvector (DATABASE_URL; default: the embedded database)')
    .option('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS)')
    .option('--namespace <name>', 'Temporal namespace (TEMPORAL_NAMESPACE)')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText(
      'after',
      `
First steps:
  coppice up --demo              everything on this machine, with something to look at
  coppice preview ttl-cleanup    what would go, and why; changes nothing
  coppice run ttl-cleanup --wait
  coppice undo RUN --wait        put it back
${exitCodesHelp}`,
    );
  for (const add of [
    upCommand,
    initCommand,
    checkCommand,
    workerCommand,
    previewCommand,
    runCommand,
    runsCommand,
    decisionCommands,
    jobsCommand,
    schedulesCommand,
    mergesCommand,
    calibrateCommand,
    proposalsCommand,
    insightsCommand,
    reportsCommand,
    holdsCommand,
    deadLettersCommand,
    groupsCommand,
    leaseCommand,
    forgetCommand,
    apiCommand,
    consoleCommand,
    tokenCommand,
    loadCommand,
    statusCommand,
    healthCommands,
    alertsCommand,
    migrateCommand,
    uninstallCommand,
    adoptCommand,
    configCommand,
    pluginsCommand,
    deploymentCommand,
    completionCommand,
  ]) {
    add(program);
  }
  return program;
}
