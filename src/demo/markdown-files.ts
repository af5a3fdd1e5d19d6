import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A Markdown file of an installed package, by names that say nothing of this machine. */
export interface MarkdownFile {
  readonly package: string;
  /** Within the package, with forward slashes. */
  readonly name: string;
  readonly path: string;
}

const mostDocsFilesPerPackage = 40;
const deepestFolder = 4;

/**
 * Where the packages are that run with this file: the nearest `node_modules` above it, as in a checkout, and the one
 * that it stands in itself, as in an application that has Coppice as a dependency.
 */
export function packageRoots(moduleUrl: string): string[] {
  const roots: string[] = [];
  for (let folder = dirname(fileURLToPath(moduleUrl)); ; folder = dirname(folder)) {
    const beside = join(folder, 'node_modules');
    if (basename(folder) === 'node_modules') roots.push(folder);
    else if (roots.length === 0 && existsSync(beside)) roots.push(beside);
    if (basename(folder) === 'node_modules' || dirname(folder) === folder) break;
  }
  return [...new Set(roots)];
}

/** Files in the same order everywhere: every package's README, then every CHANGELOG, then what else they document. */
export async function markdownFiles(roots: readonly string[]): Promise<MarkdownFile[]> {
  const found = new Map<string, MarkdownFile>();
  for (const { name, folder } of await packageFolders(roots)) {
    // The same package may exist in both roots: the nearer one runs.
    for (const file of await filesOf(folder, name)) {
      const key = `${file.package}/${file.name}`;
      if (!found.has(key)) found.set(key, file);
    }
  }
  const rank = ({ name }: MarkdownFile) => (isReadme(name) ? 0 : isChangelog(name) ? 1 : 2);
  const key = (file: MarkdownFile) => `${rank(file)} ${file.package} ${file.name}`;
  return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Installed packages, root by root in the order of their names. */
export async function packageFolders(roots: readonly string[]): Promise<{ name: string; folder: string }[]> {
  const found: { name: string; folder: string }[] = [];
  for (const root of roots) {
    for (const name of await packageNames(root)) found.push({ name, folder: join(root, name) });
  }
  return found;
}

async function packageNames(root: string): Promise<string[]> {
  const names: string[] = [];
  for (const name of await list(root)) {
    if (name.startsWith('.')) continue;
    if (!name.startsWith('@')) names.push(name);
    else for (const scoped of await list(join(root, name))) names.push(`${name}/${scoped}`);
  }
  return names;
}

async function filesOf(folder: string, name: string): Promise<MarkdownFile[]> {
  const top = (await list(folder)).filter((file) => isReadme(file) || isChangelog(file));
  const docs = (await markdownBelow(join(folder, 'docs'), 0)).sort().slice(0, mostDocsFilesPerPackage);
  return [...top.map((file) => join(folder, file)), ...docs].map((path) => ({
    package: name,
    name: relative(folder, path).split(sep).join(posix.sep),
    path,
  }));
}

async function markdownBelow(folder: string, depth: number): Promise<string[]> {
  if (depth > deepestFolder) return [];
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isFile() && /\.md$/i.test(entry.name)) files.push(path);
    if (entry.isDirectory() && entry.name !== 'node_modules') files.push(...(await markdownBelow(path, depth + 1)));
  }
  return files;
}

/** Empty where there is no such folder, or it is a file. */
async function list(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

function isReadme(name: string): boolean {
  return /^readme[^/]*\.md$/i.test(name);
}

function isChangelog(name: string): boolean {
  return /^changelog\.md$/i.test(name);
}
