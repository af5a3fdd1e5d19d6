import type { z } from 'zod';
import { type AnswerProblem, ModelError } from './errors.ts';

/**
 * The value of an answer in the demanded shape. One code fence around the whole answer is taken off, because common models
 * put it there; any other text around the JSON is a reason to reject the answer. A key that is given twice is one too: the
 * two readers of such an object need not agree which of the values holds.
 */
export function parseAnswer<T>(content: string, schema: z.ZodType<T>, where: string): T {
  const reject = (problem: AnswerProblem, message: string) =>
    new ModelError('AnswerRejectedError', `${where} ${message}`, { problem });
  const text = withoutFence(content.trim());
  if (text === '') throw reject('empty', 'gave an empty answer');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw reject('not_json', 'did not answer in JSON');
  }
  if (holdsNoText(text)) throw reject('not_json', 'gave characters that no text may hold');
  if (hasDuplicateKey(text)) throw reject('duplicate_key', 'gave a key twice in one object');
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const path = read.error.issues[0]?.path.map(String).join('.') ?? '';
  throw reject('wrong_shape', `gave an answer of another shape${path === '' ? '' : `, at ${path}`}`);
}

function withoutFence(text: string): string {
  return /^```[a-z]*\n([^`]*)\n?```$/i.exec(text)?.[1]?.trim() ?? text;
}

/** Whether there is a NUL, or half of a character: JSON can write them, and no database stores them. */
function holdsNoText(json: string): boolean {
  const strings = json.match(/"[^"\\]*(?:\\.[^"\\]*)*"/gs) ?? [];
  return strings.some((string) => string.includes('\\u') && /\0|\p{Cs}/u.test(String(JSON.parse(string))));
}

/** Of a text that is valid JSON. */
function hasDuplicateKey(json: string): boolean {
  const open: (Set<string> | null)[] = [];
  for (const [token, name, colon] of json.matchAll(/[{}[\]]|("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?/gs)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined && name !== undefined) {
      const keys = open.at(-1);
      const key = String(JSON.parse(name));
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
  }
  return false;
}
