import type { GraphImage } from '../../../domain/graph-item.ts';
import type { VectorClass } from '../../../domain/graph-mapping.ts';
import { EmptyScopeError, StoreError } from '../../../domain/store-errors.ts';
import type { VectorImage } from '../../../domain/vector-image.ts';
import { isPlainText } from '../../plain-text.ts';
import type { ListedVector } from '../../ports/graph-vectors.ts';
import { storedGroup } from '../../stored-group.ts';
import { openClass } from '../context.ts';
import { fetchImages as fetchByProperty, readImage } from '../fetch.ts';
import { mapPool } from '../pool.ts';
import { datesOf, listedOf, textOf } from './listed.ts';
import type { ClassMapping, GraphContext } from './scope.ts';

const width = 16;

/** Left out is what cannot be named (two of one id), and text that a database which keeps JSON cannot hold. */
export async function fetchImages(
  context: GraphContext,
  group: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<GraphImage[]> {
  const of = context.graph.vectorsBeside;
  const byId = Map.groupBy(await standingObjects(context, group, ids, signal), (object) => idOf(of, object));
  return [...byId].flatMap(([id, [object, ...others]]) => {
    if (object === undefined || others.length > 0 || !isKeepable(object)) return [];
    const { id: uuid, properties, vectors, revision } = object;
    const content = JSON.stringify({ uuid, properties, vectors, revision });
    return [{ kind: 'vector' as const, id, content, dates: datesOf(of, properties) }];
  });
}

/** Objects of these ids that stand in the group, whole. */
export async function standingObjects(
  context: GraphContext,
  group: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<VectorImage[]> {
  if (ids.length === 0) throw new EmptyScopeError('the list of vectors');
  const stored = storedGroup(context.graph, group);
  const open = await openClass(context, signal);
  const of = context.graph.vectorsBeside;
  if (of.id !== null) return fetchByProperty(open, { partition: stored, documentIds: ids }, signal);
  const found = await mapPool([...new Set(ids)], width, signal, (id, poolSignal) => readImage(open, id, poolSignal));
  return found.flatMap((one) => (one !== null && textOf(one.properties, of.group) === stored ? [one] : []));
}

export function idOf(of: VectorClass, { id: uuid, properties }: VectorImage): string {
  return of.id === null ? uuid : String(properties[of.id]);
}

function isKeepable({ properties }: VectorImage): boolean {
  const isPlain = (value: unknown): boolean => {
    if (typeof value === 'string') return isPlainText(value);
    return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isPlain);
  };
  return isPlain(properties);
}

export function describeImages(
  { vectorsBeside: of }: ClassMapping,
  group: string,
  images: readonly GraphImage[],
): ListedVector[] {
  return images.map((image) => {
    const { id: uuid, properties } = objectOf(image);
    const listed = listedOf(of, group, uuid, properties);
    if (listed === null) throw new Error(`an image of vector ${image.id} names none`);
    return listed;
  });
}

/** The objects that these are images of. One of another group must never ride along. */
export function objectsOfImages(mapping: ClassMapping, group: string, images: readonly GraphImage[]): VectorImage[] {
  if (images.length === 0) throw new EmptyScopeError('the list of images');
  const { vectorsBeside: of } = mapping;
  const stored = storedGroup(mapping, group);
  return images.map((image) => {
    const object = objectOf(image);
    if (textOf(object.properties, of.group) !== stored || idOf(of, object) !== image.id) {
      throw new StoreError('StoreRefusedError', `vector ${image.id} does not belong to the given group`);
    }
    return { ...object, documentId: of.id === null ? stored : image.id };
  });
}

type Content = Omit<VectorImage, 'id' | 'documentId'> & { readonly uuid: string };

function objectOf({ content }: GraphImage): VectorImage {
  const { uuid, ...rest }: Content = JSON.parse(content);
  return { ...rest, id: uuid, documentId: '' };
}
