import type { GraphImage } from '../../../domain/graph-item.ts';
import { EmptyScopeError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import type { GraphFence } from '../../ports/graph-fence.ts';
import { openClass } from '../context.ts';
import { exactProperty } from '../exact.ts';
import { mapPool } from '../pool.ts';
import { removeImages } from '../remove.ts';
import { restoreImages } from '../restore.ts';
import { idOf, objectsOfImages, standingObjects } from './images.ts';
import { objectsOf, propertyOf } from './list.ts';
import { writtenTime } from './listed.ts';
import type { GraphContext } from './scope.ts';

const width = 16;

/** Weaviate knows no fence: that each goes as it was read keeps a worker back from the dead off what was restored since. */
export async function removeVectors(
  context: GraphContext,
  { group }: GraphFence,
  images: readonly GraphImage[],
  signal?: AbortSignal,
): Promise<{ changed: string[] }> {
  const objects = objectsOfImages(context.graph, group, images);
  const { changed } = await removeImages(await openClass(context, signal), objects, signal);
  return { changed: namesOf(context, objects, changed) };
}

/** An object of another uuid that has the id by now supersedes it too. */
export async function restoreVectors(
  context: GraphContext,
  { group }: GraphFence,
  images: readonly GraphImage[],
  signal?: AbortSignal,
): Promise<{ superseded: string[] }> {
  const of = context.graph.vectorsBeside;
  const objects = objectsOfImages(context.graph, group, images);
  const ids = images.map(({ id }) => id);
  const uuidOf = new Map(objects.map((object) => [idOf(of, object), object.id]));
  const standing = of.id === null ? [] : await standingObjects(context, group, ids, signal);
  const others = standing
    .map((one) => [idOf(of, one), one.id] as const)
    .filter(([id, uuid]) => uuidOf.get(id) !== uuid);
  const superseded = new Set(others.map(([id]) => id));
  const free = objects.filter((object) => !superseded.has(idOf(of, object)));
  if (free.length > 0) {
    const outcome = await restoreImages(await openClass(context, signal), free, signal);
    for (const id of namesOf(context, free, outcome.superseded)) superseded.add(id);
  }
  return { superseded: [...superseded] };
}

function namesOf({ graph }: GraphContext, objects: readonly VectorImage[], uuids: readonly string[]): string[] {
  const wanted = new Set(uuids);
  return objects.filter(({ id }) => wanted.has(id)).map((object) => idOf(graph.vectorsBeside, object));
}

/** The date alone is merged into each: the server keeps the vector and whatever else there is. */
export async function deprecateVectors(
  context: GraphContext,
  group: string,
  documents: readonly string[],
  at: Date,
  signal?: AbortSignal,
): Promise<number> {
  if (documents.length === 0) throw new EmptyScopeError('documents');
  const { http, graph } = context;
  const { class: name, document, deprecatedAt } = graph.vectorsBeside;
  if (document === null || deprecatedAt === null) return 0;
  const wanted = new Set(documents);
  let marked = 0;
  // A filter that is not exact could miss some: then all of the group are looked at.
  const pages = objectsOf(context, [group], signal, (open) => {
    const property = exactProperty(propertyOf(open, document));
    return property.exactFilter ? property.filter(documents) : null;
  });
  for await (const page of pages) {
    const unmarked = page.filter(({ vector }) => wanted.has(vector.document ?? '') && isUnmarked(vector.dates));
    await mapPool(unmarked, width, signal, async ({ uuid }, poolSignal) => {
      const properties = { [deprecatedAt.property]: writtenTime(at, deprecatedAt) };
      const body = { class: name, id: uuid, properties };
      const path = `/objects/${name}/${uuid}`;
      const answer = await http.call('PATCH', path, { body, signal: poolSignal, accept: [404] });
      if (answer.status !== 404) marked += 1;
    });
  }
  return marked;
}

function isUnmarked(dates: string): boolean {
  return dates.endsWith('|');
}
