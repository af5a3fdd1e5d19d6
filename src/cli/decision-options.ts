/** Options of commands by which a person decides. */

export const reasonOption = ['--reason <text>', 'why: one line, kept with the record'] as const;
export const byOption = ['--by <name>', 'who decides (default: the account that runs the command)'] as const;

export interface Deciding {
  readonly reason?: string;
  readonly by?: string;
}

/** The context of a command, in the name of the person who decides. */
export function decidedBy<C extends { readonly requestedBy: string }>(context: C, { by }: Deciding): C {
  return by === undefined ? context : { ...context, requestedBy: by };
}
