const plain = /^[A-Za-z_][A-Za-z0-9_]*$/;

function isPlain(name: string): boolean {
  return plain.test(name);
}

/** A key of JSON that a path can say: the dot parts keys. */
export function isPathKey(key: string): boolean {
  return key !== '' && !key.includes('.') && quoted(key) === `"${key}"`;
}

/** A name from a store in a comment or a message, where it must not begin a line of its own. */
function quoted(name: string): string {
  return JSON.stringify(name).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

export function displayTable(table: { readonly schema: string; readonly name: string }): string {
  const { schema, name } = table;
  return isPlain(schema) && isPlain(name) ? `${schema}.${name}` : `${quoted(schema)}.${quoted(name)}`;
}

const longest = 40;

/** Names of collections: lower case, and each one once. */
export function collectionNames(): (wanted: string, schema: string) => string {
  const taken = new Set<string>();
  return (wanted, schema) => {
    const base = asCollection(wanted);
    const others = [
      asCollection(`${schema}_${base}`),
      ...Array.from({ length: 1_000 }, (_, at) => `${base}_${at + 2}`),
    ];
    const name = [base, ...others].find((one) => !taken.has(one) && one.length <= longest) ?? `c${taken.size}`;
    taken.add(name);
    return name;
  };
}

function asCollection(text: string): string {
  const lower = text.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_');
  return (/^[a-z]/.test(lower) ? lower : `t_${lower}`).slice(0, longest - 5);
}
