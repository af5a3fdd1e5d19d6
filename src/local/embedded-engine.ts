import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const engine = '@electric-sql/pglite';

/** The packages of the embedded database, which are optional, are not installed. */
class EmbeddedDatabaseMissingError extends Error {
  override readonly name = 'EmbeddedDatabaseMissingError';
  readonly hint: string;
  constructor(packages: readonly string[]) {
    super('no database is configured, and the optional packages of the embedded database are not installed');
    this.hint = `Set DATABASE_URL to a PostgreSQL server with pgvector, or run \`npm install ${packages.join(' ')}\`.`;
  }
}

/**
 * Throws `EmbeddedDatabaseMissingError` where the engine cannot be loaded. An installation with a server of its own leaves it out
 * with `npm install --omit=optional`.
 *
 * @param from the module that would load it
 */
export function requireEmbeddedEngine(from: string = import.meta.url): void {
  try {
    createRequire(from).resolve(engine);
  } catch {
    throw new EmbeddedDatabaseMissingError(optionalPackages());
  }
}

/** With the versions that this release was tested with. */
function optionalPackages(): string[] {
  const text: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof text !== 'object' || text === null || !('optionalDependencies' in text)) return [engine];
  return Object.entries(Object(text.optionalDependencies)).map(([name, version]) => `${name}@${version}`);
}
