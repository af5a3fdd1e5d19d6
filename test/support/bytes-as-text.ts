/**
 * A message of Temporal as text, with every payload's bytes readable wherever they stand. `JSON.stringify` alone does not show
 * them: a message makes base64 of its bytes before a replacer is asked.
 */
export function bytesAsText(value: unknown): string {
  return JSON.stringify(readable(value));
}

function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, readable(one)]));
}
