import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript, type Shell } from '../../src/cli/completion/scripts.ts';
import { completedCommands } from '../../src/cli/completion/tree.ts';
import { createProgram } from '../../src/cli/program.ts';

const commands = completedCommands(createProgram());
const scriptFor = (shell: Shell) => completionScript(shell, commands);

/** Completions of a real bash for the last of these words. */
function offered(...words: string[]): string[] {
  const line = ['coppice', ...words].map((word) => `'${word}'`).join(' ');
  const script = `${scriptFor('bash')}
    COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _coppice; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it('offers the commands that begin with what was typed', () => {
    expect(offered('pre')).toEqual(['preview']);
    expect(offered('schedules', '')).toEqual(expect.arrayContaining(['list', 'pause', '--json']));
    expect(offered('schedules', '')).not.toContain('preview');
  });

  it('offers the jobs where a job is wanted', () => {
    expect(offered('run', 'ttl')).toEqual(['ttl-cleanup']);
    expect(offered('runs', '--job', 'memory-dec')).toEqual(['memory-decay']);
  });

  it('offers the values of an option that has a fixed set of them', () => {
    expect(offered('doctor', '--as', '')).toEqual(expect.arrayContaining(['owner', 'reader', 'worker']));
  });

  it('takes the value of an option for no command, wherever the option is', () => {
    expect(offered('--config', 'schedules', 'doc')).toEqual(['doctor']);
    expect(offered('doctor', '--config', 'x.yaml', '--dri')).toEqual(['--drift']);
  });

  it('leaves the value of an option without a fixed set to the completion of files', () => {
    expect(offered('doctor', '--config', '')).toEqual([]);
  });
});

it.each(['bash', 'zsh', 'fish'] as const)('the script for %s names every command', (shell) => {
  const script = scriptFor(shell);
  const names = commands.flatMap((one) => one.commands.map(({ name }) => name));
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !script.includes(name))).toEqual([]);
});
