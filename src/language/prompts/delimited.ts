import { createHash } from 'node:crypto';

/**
 * Stored text as data: one line of JSON for each record, between two marks that contain a digest of the whole. A record
 * cannot end its own line, since JSON writes line ends as escapes, and no text can contain the mark that is made from it.
 */
export function delimited(records: readonly object[]): { readonly mark: string; readonly text: string } {
  const lines = records.map((record) => JSON.stringify(record).replace(/[<>\u2028\u2029\u0085]/g, escaped));
  const data = lines.join('\n');
  const mark = `data-${createHash('sha256').update(data).digest('hex').slice(0, 24)}`;
  return { mark, text: `<${mark}>\n${data}\n</${mark}>` };
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
