import { StoreError } from '../ports/errors.ts';
import type { VectorScope } from '../ports/vector-store.ts';
import type { OpenClass } from './context.ts';
import { type ExactProperty, exactProperty } from './exact.ts';
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
  const asked = document.exactFilter ? null : document.name;
  const search = (documentIds: readonly string[], range: IdRange) =>
    searchRange({ open, document, fixed, asked, signal }, documentIds, range);

  const ids = new Set<string>();
  for (const group of groups([...new Set(scope.documentIds)])) {
    const found = await search(group, EVERY_ID);
    for (const each of found) if (document.exactFilter || group.includes(String(each.value))) ids.add(each.id);
    if (document.exactFilter || group.length === 1) continue;
    // Among several values Weaviate drops one without a word in silence; alone, it is an error.
    const seen = new Set(found.map((each) => String(each.value)));
    for (const documentId of group) if (!seen.has(documentId)) await search([documentId], EVERY_ID);
  }
  return [...ids];
}

interface Search {
  readonly open: OpenClass;
  readonly document: ExactProperty;
  readonly fixed: readonly Where[];
  readonly asked: string | null;
  readonly signal: AbortSignal | undefined;
}

interface IdRange {
  readonly from: string | null;
  readonly before: string | null;
}

const EVERY_ID: IdRange = { from: null, before: null };

/**
 * Weaviate's cursor takes no filter and its offset ends at 10,000. So a full page is split until none is full: by
 * documents first, then one document's objects by ranges of their ids, at the middle of those seen.
 */
async function searchRange(search: Search, documentIds: readonly string[], range: IdRange): Promise<FoundObject[]> {
  const filter = search.document.filter(documentIds);
  if (!filter) return [];
  const bounds: Where[] = [];
  if (range.from) bounds.push({ operator: 'GreaterThanEqual', path: 'id', text: range.from });
  if (range.before) bounds.push({ operator: 'LessThan', path: 'id', text: range.before });
  const found = await findPage(search.open, and([filter, ...search.fixed, ...bounds]), search.asked, search.signal);
  if (found.length < PAGE_OBJECTS) return found;
  if (documentIds.length > 1) {
    const half = Math.ceil(documentIds.length / 2);
    const left = await searchRange(search, documentIds.slice(0, half), range);
    return [...left, ...(await searchRange(search, documentIds.slice(half), range))];
  }
  const middle = found.map((each) => each.id).sort()[Math.floor(found.length / 2)] ?? null;
  const left = await searchRange(search, documentIds, { from: range.from, before: middle });
  return [...left, ...(await searchRange(search, documentIds, { from: middle, before: range.before }))];
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
