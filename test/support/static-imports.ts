import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** An import or export of values from another module. Those of types alone are erased. */
const statement = /^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?'([^']+)'/gm;

/** The packages that are loaded with a module of `src`: those that it, or a module that it imports, imports statically. */
export function packagesLoadedWith(...modules: readonly string[]): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const left = modules.map((name) => join('src', name));
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(statement)) {
      if (specifier.startsWith('.')) left.push(join(dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(packageOf(specifier));
    }
  }
  return [...packages].sort();
}

/** `@scope/name/part` is part of `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
