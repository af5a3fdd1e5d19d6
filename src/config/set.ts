export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The value of a variable. An empty one counts as absent: that is how compose files and CI unset one. Space around it is
 * dropped: a secret that is mounted as a file often ends in a line break.
 */
export function set(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
}
