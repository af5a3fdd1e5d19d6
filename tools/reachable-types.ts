import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Deletes the type declarations that no entry point of the package leads to: nobody can import them. */
export function pruneTypes(dist: string, entries: string): void {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file) || !existsSync(file)) return;
    reached.add(file);
    for (const specifier of specifiersOf(readFileSync(file, 'utf8')))
      visit(resolve(dirname(file), specifier.replace(/\.[jt]s$/, '.d.ts')));
  };
  for (const name of readdirSync(entries)) if (name.endsWith('.d.ts')) visit(join(entries, name));
  for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.d.ts') && !reached.has(join(dist, name))) rmSync(join(dist, name));
}

function specifiersOf(declarations: string): string[] {
  return [...declarations.matchAll(/(?:from |import\()["'](\.[^"']+)["']/g)].flatMap(
    ([, specifier]) => specifier ?? [],
  );
}
