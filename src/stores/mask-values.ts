/** The store's own words may be long; this much is enough to act on. */
const longest = 300;
const plainName = /^[A-Za-z_][\w.-]{0,62}$/;

/**
 * The message of a store without what it may quote of the application's data: quoted text that is no plain name, and
 * values after an equals sign.
 */
export function maskValues(message: string): string {
  return message
    .replaceAll(/(["'])((?:\\.|(?!\1).)*)\1/gsu, (quoted, _mark, text: string) =>
      plainName.test(text) ? quoted : "'…'",
    )
    .replaceAll(/(\s=\s*|value is\s+|value:\s*)(?!'…')\S+/gi, '$1…')
    .slice(0, longest);
}
