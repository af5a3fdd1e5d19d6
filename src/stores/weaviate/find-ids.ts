import { StoreError } from '../../domain/store-errors.ts';
import type { VectorScope } from '../ports/vector-store.ts';
import type { OpenClass } from './context.ts';
import { type ExactProperty, exactProperty } from './exact.ts';
import { pagesByIds } from './pages-by-ids.ts';
import { type FoundObject, findPage, PAGE_OBJECTS } from './query.ts';
import { and, type Where } from './where.ts';

const GROUP_DOCUMENTS = 100;
/** Ids may be long: the filter's text stays below this. */
const GROUP_CHARS = 200_000;

/** Ids of every object the filter finds for these documents: all that belong, and where it is inexact some more. */
export async function findIds(open: OpenClass, scope: VectorScope, signal?: AbortSignal): Promise<string[]> {
  const document = propertyOf(open, open.mapping.document);
  const workspace = open.mapping.workspace === null ? null : propertyOf(open, open.mapping.workspace);
  const fixed: Where[] = [];
  // An inexact filter cannot find every value, so then it is left to the comparison in memory.
  if (workspace?.exactFilter) {
    const filter = workspace.filter([scope.partition]);
    if (!filter) return [];
    fixed.push(filter);
  }
  const asked = document.exactFilter ? [] : [document.name];
  const search = (documentIds: readonly string[]) =>
    searchDocuments({ open, document, fixed, asked, signal }, documentIds);

  const ids = new Set<string>();
  for (const group of groups([...new Set(scope.documentIds)])) {
    const found = await search(group);
    for (const each of found)
      if (document.exactFilter || group.includes(String(each.values[document.name]))) ids.add(each.id);
    if (document.exactFilter || group.length === 1) continue;
    // Among several values Weaviate drops one without a word in silence; alone, it is an error.
    const seen = new Set(found.map((each) => String(each.values[document.name])));
    for (const documentId of group) if (!seen.has(documentId)) await search([documentId]);
  }
  return [...ids];
}

interface Search {
  readonly open: OpenClass;
  readonly document: ExactProperty;
  readonly fixed: readonly Where[];
  readonly asked: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Weaviate's cursor takes no filter and its offset ends at 10,000. So a full page is split until none is full: by
 * documents first, then one document's objects by ranges of their ids.
 */
async function searchDocuments(search: Search, documentIds: readonly string[]): Promise<FoundObject[]> {
  const { open, document, fixed, asked, signal } = search;
  const filter = document.filter(documentIds);
  if (!filter) return [];
  const ask = (bounds: readonly Where[]) => findPage(open, and([filter, ...fixed, ...bounds]), asked, signal);
  const found = await ask([]);
  if (found.length < PAGE_OBJECTS) return found;
  if (documentIds.length > 1) {
    const half = Math.ceil(documentIds.length / 2);
    const left = await searchDocuments(search, documentIds.slice(0, half));
    return [...left, ...(await searchDocuments(search, documentIds.slice(half)))];
  }
  const all: FoundObject[] = [];
  for await (const page of pagesByIds(ask, found)) for (const each of page) all.push(each);
  return all;
}

function* groups(documentIds: readonly string[]): Generator<string[]> {
  let group: string[] = [];
  let chars = 0;
  for (const id of documentIds) {
    if (group.length > 0 && (group.length >= GROUP_DOCUMENTS || chars + id.length > GROUP_CHARS)) {
      yield group;
      group = [];
      chars = 0;
    }
    group.push(id);
    chars += id.length;
  }
  if (group.length > 0) yield group;
}

function propertyOf(open: OpenClass, name: string): ExactProperty {
  const property = open.schema.properties.get(name);
  if (!property) throw new StoreError('StoreRefusedError', `class ${open.mapping.class} has no property ${name}`);
  return exactProperty(property);
}
