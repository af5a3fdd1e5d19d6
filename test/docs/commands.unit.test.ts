import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandsOf } from './commands.ts';
import { parsed } from './parsed-command.ts';

const root = join(import.meta.dirname, '../..');
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && name !== 'cli.md')
  .map((name) => `docs/${name}`);

/** `--help` and `--version` end the parser with an error that is none. */
function problemOf(error: unknown): string | null {
  return error instanceof CommanderError && error.exitCode === 0 ? null : String(error);
}

describe('commands that the documentation shows', () => {
  it.each(['README.md', 'CONTRIBUTING.md', ...pages])('%s: each is one', async (page) => {
    const wrong: string[] = [];
    for (const { line, named, args } of commandsOf(readFileSync(join(root, page), 'utf8'))) {
      const problem = await parsed(args).then(() => null, problemOf);
      const fine = problem === null || (named && problem.includes('missing required argument'));
      if (!fine) wrong.push(`${page}:${line}: coppice ${args.join(' ')}: ${problem}`);
    }
    expect(wrong).toEqual([]);
  });

  it('a command, an argument or an option that is none would be noticed', async () => {
    const shown = commandsOf(
      'Say `coppice schedules list|forget` or\n\n```sh\ncoppice undo --wait   # all\ncoppice doctor --fix\n```\n',
    );
    expect(shown.map(({ line, args }) => [line, args.join(' ')])).toEqual([
      [1, 'schedules list'],
      [1, 'schedules forget'],
      [4, 'undo --wait'],
      [5, 'doctor --fix'],
    ]);
    const results = await Promise.allSettled(shown.map(({ args }) => parsed(args)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
  });
});
