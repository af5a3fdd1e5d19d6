import type { Command } from 'commander';

/** A stream that a command writes to. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

/** The environment and the output streams of one invocation: those of the process, or a test's own. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** One invocation of the command line, and the exit code that its command has set. */
export interface Invocation {
  readonly terminal: Terminal;
  exitCode: number;
}

const invocations = new WeakMap<Command, Invocation>();

/** Associates a program with its invocation, so that each of its commands finds it with `invocationOf`. */
export function bindInvocation(program: Command, invocation: Invocation): void {
  invocations.set(program, invocation);
}

/** The invocation that this command is part of. Throws for a command of a program that was never bound. */
export function invocationOf(command: Command): Invocation {
  let root = command;
  while (root.parent !== null) root = root.parent;
  const invocation = invocations.get(root);
  if (invocation === undefined) throw new Error('this program has no invocation');
  return invocation;
}
