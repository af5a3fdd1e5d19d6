import { Argument, type Command } from 'commander';
import { outputOf } from '../command.ts';
import { completionScript, type Shell, shells } from '../completion/scripts.ts';

export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that lets a shell complete commands, options and the names of jobs')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .addHelpText(
      'after',
      `
Install it for one user:
  bash  coppice completion bash > ~/.local/share/bash-completion/completions/coppice
  zsh   coppice completion zsh > a folder of $fpath, under the name _coppice
  fish  coppice completion fish > ~/.config/fish/completions/coppice.fish`,
    )
    .action(async (shell: Shell, _options, command: Command) => {
      const { completedCommands } = await import('../completion/tree.ts');
      const script = completionScript(shell, completedCommands(program));
      outputOf(command).result({ shell, script }, () => [script.trimEnd()]);
    });
}
