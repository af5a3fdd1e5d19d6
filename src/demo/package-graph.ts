import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { GraphLine } from '../stores/ports/graph-loading.ts';
import { packageFolders } from './markdown-files.ts';

const group = 'npm';
const mostPackages = 150;
/** More entities of one person would exceed the share of a graph that a run may merge. */
const mostEntitiesPerPerson = 2;

const manifest = z.object({
  name: z.string(),
  description: z.string().catch(''),
  author: z
    .union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)])
    .nullable()
    .catch(null),
  dependencies: z.record(z.string(), z.string()).catch({}),
});
type Manifest = z.output<typeof manifest>;

/**
 * A graph of the installed packages, their dependencies and their authors, as an agent would extract it that reads one package at a
 * time: who wrote several packages is an entity for each of them.
 */
export async function packageGraph(roots: readonly string[], now: Date): Promise<GraphLine[]> {
  const manifests = new Map<string, Manifest>();
  for (const { folder } of await packageFolders(roots)) {
    if (manifests.size === mostPackages) break;
    const found = await readManifest(folder);
    if (found !== null && !manifests.has(found.name)) manifests.set(found.name, found);
  }
  const written = new Map<string, number>();
  return [...manifests.values()].flatMap((found) => {
    const author = personOf(found.author);
    const before = author === null ? mostEntitiesPerPerson : (written.get(author) ?? 0);
    if (author !== null) written.set(author, before + 1);
    const person = before < mostEntitiesPerPerson ? author : null;
    const targets = Object.keys(found.dependencies).filter((name) => manifests.has(name));
    return linesOf(found, person, targets, now);
  });
}

/** One package: what its manifest is about, and the document that the rest comes from. */
function linesOf({ name, description }: Manifest, person: string | null, targets: readonly string[], now: Date) {
  const base = { group_id: group, created_at: now.toISOString() };
  const [document, id, author] = [`manifest:${name}`, packageId(name), `author:${name}`];
  const edge = { ...base, type: 'relation', source: id, document } as const;
  const lines: GraphLine[] = [
    { ...base, type: 'document', id: document, name: `package.json of ${name}` },
    { ...base, type: 'entity', id, entity_type: 'Package', name, summary: description },
    { ...base, type: 'mention', document, entity: id },
    ...targets.map((target) => ({
      ...{ ...edge, id: `${name} needs ${target}`, target: packageId(target), name: 'DEPENDS_ON' },
      summary: `${name} depends on ${target}`,
    })),
  ];
  if (person === null) return lines;
  return [
    ...lines,
    { ...base, type: 'entity', id: author, entity_type: 'Person', name: person } as const,
    { ...base, type: 'mention', document, entity: author } as const,
    {
      ...{ ...edge, id: `${name} by its author`, target: author, name: 'WRITTEN_BY' },
      summary: `${person} wrote ${name}`,
    },
  ];
}

function packageId(name: string): string {
  return `package:${name}`;
}

/** The name without an address: `A. Person <a@example.com> (https://example.com)`. */
function personOf(author: string | null): string | null {
  const name = author?.replace(/\s*[<(].*/s, '').trim() ?? '';
  return name === '' ? null : name;
}

/** `null` where a folder is no package. */
async function readManifest(folder: string): Promise<Manifest | null> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return manifest.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
