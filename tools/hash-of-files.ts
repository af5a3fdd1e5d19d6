import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A digest of the files' names below the root and of their content. */
export function hashOfFiles(root: string, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}
