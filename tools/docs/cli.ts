import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { createProgram } from '../../src/cli/program.ts';
import { code, page, table } from './markdown.ts';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  success: 'done, or asked for, where one does not wait',
  failed: 'the run or the command failed; also for a run that was cancelled or turned down',
  usage: 'wrong usage or configuration; nothing was done',
  held: 'held by the brake; nothing was removed',
  skipped: 'skipped: another run holds the lease',
  partial: 'something was given up, refused or not loaded; the rest is done',
  busy: 'too many runs wait to begin (`runs.queue_size`); nothing was started',
};

/** docs/cli.md: every command, from the program itself. */
export function cliPage(): string {
  const program = createProgram();
  return page('Command line', 'the program in src/cli', [
    program.description(),
    'In a checkout it is `npx coppice`, or `node bin/coppice.mjs`. Results go to standard output, remarks and logs to ' +
      'standard error.',
    '## Options of every command',
    'They may come before or after the name of the command.',
    optionTable(program.options.filter((option) => option.long !== '--version')),
    '## Exit codes',
    table(
      ['code', 'name', 'meaning'],
      Object.entries(meanings).map(([name, meaning]) => [
        String(exitCodes[name as keyof typeof exitCodes]),
        name,
        meaning,
      ]),
    ),
    'Under `--json` an error is `{"error": {"name", "message", "hint"}}` on standard output.',
    ...program.commands.flatMap((command) => describe(command, 'coppice')),
  ]);
}

function describe(command: Command, above: string): string[] {
  const name = `${above} ${command.name()}`;
  const isGroup =
    command.commands.length > 0 && command.registeredArguments.length === 0 && command.options.length === 0;
  const usage = [
    name,
    ...command.registeredArguments.map(argumentWord),
    ...(command.options.length > 0 ? ['[options]'] : []),
  ];
  const own = isGroup
    ? []
    : [
        ['```sh', usage.join(' '), '```'].join('\n'),
        table(
          ['argument', 'meaning'],
          command.registeredArguments.map((one) => [code(argumentWord(one)), one.description]),
        ),
        optionTable(command.options),
        textAfter(command),
      ];
  return [
    `${above === 'coppice' ? '##' : '###'} ${name}`,
    sentence(command.description()),
    ...own,
    ...command.commands.flatMap((one) => describe(one, name)),
  ];
}

function argumentWord(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['option', 'meaning', 'default'],
    options.map((option) => [code(option.flags), option.description, shownDefault(option.defaultValue)]),
  );
}

/** No default to speak of: a switch that is off, a list that is empty. */
function shownDefault(given: unknown): string {
  if (given === undefined || given === false || (Array.isArray(given) && given.length === 0)) return '';
  return code(String(given));
}

/** Text that a command adds below its help. */
function textAfter(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (part) => {
      help += part;
    },
  });
  command.outputHelp();
  const text = help.slice(command.helpInformation().length).trim();
  return text === '' ? '' : ['```text', text, '```'].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
