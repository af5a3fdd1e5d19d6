/** One command as a page shows it. */
export interface ShownCommand {
  readonly line: number;
  /** Within a sentence a command may be named without its arguments. */
  readonly named: boolean;
  readonly args: readonly string[];
}

/**
 * Every `coppice …` of a page: in code within a sentence, and at the start of a line of a shell block. `a|b` stands for
 * two commands; remarks, redirections, a pipe and an ellipsis end one.
 */
export function commandsOf(markdown: string): ShownCommand[] {
  const found: ShownCommand[] = [];
  let fence: string | null = null;
  for (const [at, text] of markdown.split('\n').entries()) {
    const opened = /^\s*```(\S*)/.exec(text);
    if (opened !== null) fence = fence === null ? (opened[1] ?? '') : null;
    const named = fence === null;
    const shown = named ? inSentence(text) : fence === 'sh' || fence === '' ? atStart(text) : [];
    for (const command of shown) found.push(...alternatives(command).map((args) => ({ line: at + 1, named, args })));
  }
  return found;
}

function inSentence(text: string): string[] {
  return [...text.matchAll(/`(?:npx )?coppice ([^`]+)`/g)].map(([, command = '']) => command);
}

function atStart(text: string): string[] {
  const [, command] = /^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npx )?coppice (.+)$/.exec(text) ?? [];
  return command === undefined ? [] : [command];
}

function alternatives(command: string): string[][] {
  const [plain = ''] = command.split(/ +(?:#|>|&&|\| |…|\.\.\.)/);
  return plain
    .split(/\s+/)
    .reduce<string[][]>((sofar, word) => sofar.flatMap((args) => word.split('|').map((one) => [...args, one])), [[]]);
}
