export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as absent: that is how compose files and CI unset one. */
export function set(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
