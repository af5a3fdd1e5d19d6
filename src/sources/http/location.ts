/**
 * A Location header as browsers read it. Node hands on its bytes as Latin-1; sites send UTF-8. Bytes that are not UTF-8 are
 * asked for as they are.
 */
export function locationOf(header: string): string {
  const bytes = Buffer.from(header, 'latin1');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return header.replace(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  }
}
