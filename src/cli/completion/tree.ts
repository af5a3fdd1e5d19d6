import type { Command, Option } from 'commander';
import { catalogue } from '../../jobs/index.ts';

/** An option as a completion script needs it. */
interface CompletedOption {
  /** Its spellings: `-h`, `--help`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Values to offer; none where any text or file will do. */
  readonly choices: readonly string[];
}

/** One command with what may follow it. */
export interface CompletedCommand {
  /** The words that lead to it, without the program's name: `schedules list`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  /** Values to offer for its arguments. */
  readonly values: readonly string[];
}

/** Every command of a program, the program itself first. Options of the program are listed with every command. */
export function completedCommands(program: Command): CompletedCommand[] {
  const shared = program.options.filter(({ long }) => long !== '--version').map(completedOption);
  return commandsBelow(program, '', shared);
}

function commandsBelow(command: Command, path: string, shared: readonly CompletedOption[]): CompletedCommand[] {
  const own = path === '' ? [] : command.options.map(completedOption);
  return [
    {
      path,
      commands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
      options: [...own, ...shared, help],
      values: command.registeredArguments.flatMap((one) => one.argChoices ?? (one.name() === 'job' ? jobIds : [])),
    },
    ...command.commands.flatMap((one) =>
      commandsBelow(one, path === '' ? one.name() : `${path} ${one.name()}`, shared),
    ),
  ];
}

const help: CompletedOption = {
  flags: ['--help'],
  description: 'display help for command',
  takesValue: false,
  choices: [],
};

const jobIds = catalogue.map(({ id }) => id);

function completedOption(option: Option): CompletedOption {
  const namesJob = option.long === '--job';
  return {
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option.argChoices ?? (namesJob ? jobIds : []),
  };
}
