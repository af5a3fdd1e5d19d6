import type { CompletedCommand } from './tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The completion script of a shell. It starts no process: all words are in the script. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return scripts[shell](commands).join('\n');
}

const scripts: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string[]>> = {
  bash: (commands) => [
    '# bash completion for coppice',
    '_coppice() {',
    ...walk(commands, '1', 'i < COMP_CWORD', `\${COMP_WORDS[i]}`),
    `  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}`,
    '  COMPREPLY=()',
    '  case "$at|$previous" in',
    ...valueCases(commands, (choices) =>
      choices.length === 0 ? 'return' : `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return`,
    ),
    '  esac',
    '  local words=',
    '  case "$at" in',
    ...commands.map((one) => `    '${one.path}') words='${wordsOf(one).join(' ')}' ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _coppice coppice',
    '',
  ],
  zsh: (commands) => [
    '#compdef coppice',
    '_coppice() {',
    ...walk(commands, '2', 'i < CURRENT', `\${words[i]}`),
    '  local -a items',
    `  case "$at|\${words[CURRENT - 1]}" in`,
    ...valueCases(commands, (choices) =>
      choices.length === 0
        ? '_files; return'
        : `items=(${choices.map(quoted).join(' ')}); _describe value items; return`,
    ),
    '  esac',
    '  case "$at" in',
    ...commands.map((one) => `    '${one.path}') items=(${describedWords(one).map(quoted).join(' ')}) ;;`),
    '  esac',
    '  _describe coppice items || _files',
    '}',
    // Sourced, or loaded from a folder of `fpath` under the name _coppice.
    `if [[ "\${funcstack[1]}" = _coppice ]]; then _coppice "$@"; else compdef _coppice coppice; fi`,
    '',
  ],
  fish: (commands) => [
    '# fish completion for coppice',
    'function __coppice_at',
    '  set -l at',
    '  set -l skip 0',
    '  for word in (commandline -opc)[2..-1]',
    '    if test $skip = 1',
    '      set skip 0',
    '      continue',
    '    end',
    '    switch "$at|$word"',
    `      case ${valueFlags(commands).map(quoted).join(' ')}`,
    '        set skip 1',
    `      case ${commandWords(commands).map(quoted).join(' ')}`,
    '        set at (string trim "$at $word")',
    '    end',
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...commands.flatMap(fishLines),
    '',
  ],
};

/** Shell code, the same for bash and zsh, that sets `at` to the command that the words so far lead to. */
function walk(commands: readonly CompletedCommand[], first: string, condition: string, word: string): string[] {
  return [
    '  local at= i',
    `  for ((i = ${first}; ${condition}; i++)); do`,
    `    case "$at|${word}" in`,
    `      ${valueFlags(commands).map(quoted).join('|')}) ((i++)) ;;`,
    `      ${commandWords(commands).map(quoted).join('|')}) at="\${at:+$at }${word}" ;;`,
    '    esac',
    '  done',
  ];
}

/** `COMMAND|--flag` for every option that takes a value. */
function valueFlags(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(({ takesValue }) => takesValue).flatMap(({ flags }) => flags.map((flag) => `${path}|${flag}`)),
  );
}

function commandWords(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ path, commands: below }) => below.map(({ name }) => `${path}|${name}`));
}

/** Branches of a `case` on the command and the word before the cursor, for values of options. */
function valueCases(commands: readonly CompletedCommand[], offer: (choices: readonly string[]) => string): string[] {
  return commands.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ flags, choices }) => `    ${flags.map((flag) => quoted(`${path}|${flag}`)).join('|')}) ${offer(choices)} ;;`,
      ),
  );
}

function wordsOf({ commands, options, values }: CompletedCommand): string[] {
  return [...commands.map(({ name }) => name), ...values, ...options.flatMap(({ flags }) => flags)];
}

/** As `_describe` of zsh wants them: `word:description`. */
function describedWords({ commands, options, values }: CompletedCommand): string[] {
  return [
    ...commands.map(({ name, description }) => `${name}:${description}`),
    ...values,
    ...options.flatMap(({ flags, description }) => flags.map((flag) => `${flag}:${description}`)),
  ];
}

function fishLines({ path, commands, options, values }: CompletedCommand): string[] {
  const start = `complete -c coppice -n '__coppice_at ${quoted(path).replaceAll("'", '"')}'`;
  return [
    ...commands.map(({ name, description }) => `${start} -f -a ${name} -d ${quoted(description)}`),
    ...(values.length === 0 ? [] : [`${start} -f -a ${quoted(values.join(' '))}`]),
    ...options.map(({ flags, description, takesValue, choices }) => {
      const spelled = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue ? ' -r' : '';
      return `${start} ${spelled.join(' ')}${value} -d ${quoted(description)}`;
    }),
  ];
}

/** One word of a POSIX shell, of zsh or of fish: no description holds a backslash. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", '’')}'`;
}
