import { readFileSync } from 'node:fs';

/** The version of Coppice. Without a validator: every command asks for it when it starts. */
export function packageVersion(): string {
  const text: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof text === 'object' && text !== null && 'version' in text ? String(text.version) : 'unknown';
}
