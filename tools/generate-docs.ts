/**
 * `npm run docs` writes the references in docs/ from the code: jobs.md from the catalogue, configuration.md from the
 * schema of coppice.yaml, cli.md from the command line, licences.md from the lock file, a table in
 * architecture.md, and the types of the client of the HTTP API. `npm run docs -- --check` writes nothing and exits 1 when a file
 * differs from what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiTypes } from './console/api-types.ts';
import { openApiDocument } from './console/openapi-document.ts';
import { cliPage } from './docs/cli.ts';
import { configurationPage } from './docs/configuration.ts';
import { jobFiles } from './docs/job-files.ts';
import { jobsPage } from './docs/jobs.ts';
import { withMarkedSection } from './docs/marked-section.ts';
import { testedVersions } from './docs/versions.ts';
import { licencesPage } from './packages/licences.ts';

const root = dirname(import.meta.dirname);

/** The pages by path in the repository. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/jobs.md', jobsPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/cli.md', cliPage()],
    ['docs/licences.md', licencesPage()],
    ['docs/architecture.md', withMarkedSection(onDisk('docs/architecture.md') ?? '', 'Code of each job', jobFiles())],
    ['docs/versions.md', withMarkedSection(onDisk('docs/versions.md') ?? '', 'Tested versions', testedVersions())],
    ['src/client/schema.ts', apiTypes(await openApiDocument())],
  ]);
}

/** Paths whose file is missing or not what the generator makes. */
export async function outdatedPages(): Promise<string[]> {
  return [...(await generatedPages())].filter(([path, text]) => onDisk(path) !== text).map(([path]) => path);
}

function onDisk(path: string): string | null {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

async function main(args: readonly string[]): Promise<void> {
  const outdated = await outdatedPages();
  if (args.includes('--check')) {
    for (const path of outdated) process.stderr.write(`${path} is out of date: run \`npm run docs\`\n`);
    process.exitCode = outdated.length === 0 ? 0 : 1;
    return;
  }
  const pages = await generatedPages();
  for (const path of outdated) writeFileSync(join(root, path), pages.get(path) ?? '');
  process.stdout.write(outdated.length === 0 ? 'nothing to do\n' : `written: ${outdated.join(', ')}\n`);
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
