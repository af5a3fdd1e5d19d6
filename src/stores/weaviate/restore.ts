import type { VectorImage } from '../../domain/vector-image.ts';
import { sameContent } from '../same-content.ts';
import { requireFit } from './check-fit.ts';
import { type OpenClass, tenantQuery } from './context.ts';
import { fromStatus } from './errors.ts';
import { readImage } from './fetch.ts';
import { findIds } from './find-ids.ts';
import { toObject } from './image.ts';
import { mapPool } from './pool.ts';
import { removeImages } from './remove.ts';

const WIDTH = 16;

/**
 * One object a call: only so does Weaviate insert where nothing stands; a batch replaces whatever it meets, and what
 * the application wrote a moment ago would be lost. Weaviate gives a restored object new times of creation and update.
 */
export async function restoreImages(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal) {
  await requireFit(open, images, signal);
  const inserted: string[] = [];
  const superseded: string[] = [];
  const alike: VectorImage[] = [];
  await mapPool(images, WIDTH, signal, async (image, poolSignal) => {
    const body = toObject(open, image);
    const answer = await open.http.call('POST', '/objects', { body, signal: poolSignal, accept: [422] });
    if (answer.status !== 422) {
      inserted.push(image.id);
      return;
    }
    const standing = await readImage(open, image.id, poolSignal);
    // 422 is also the answer to an object that is invalid: then nothing stands there.
    if (!standing) throw fromStatus(open.http.where, answer.status, answer.body);
    if (sameContent(standing, image)) alike.push(standing);
    else superseded.push(image.id);
  });
  for (const one of await unfindable(open, alike, signal)) {
    if (!(await writeAnew(open, one, signal))) superseded.push(one.id);
  }
  return { inserted, superseded };
}

/**
 * An object that exists as expected may be half of a write that a crash of the server cut short: its indexes are
 * separate files, and an object can be read by its id that no search finds.
 */
async function unfindable(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal) {
  if (images.length === 0) return [];
  const found = new Set<string>();
  for (const [partition, own] of Map.groupBy(images, (image) => partitionOf(open, image))) {
    const documentIds = [...new Set(own.map((image) => image.documentId))];
    for (const id of await findIds(open, { partition, documentIds }, signal)) found.add(id);
  }
  return images.filter((image) => !found.has(image.id));
}

function partitionOf({ mapping }: OpenClass, image: VectorImage): string {
  return mapping.workspace === null ? '' : String(image.properties[mapping.workspace]);
}

/** Takes it away as it was read, and writes it once more. False when somebody else wrote it meanwhile. */
async function writeAnew(open: OpenClass, standing: VectorImage, signal?: AbortSignal): Promise<boolean> {
  await removeImages(open, [standing], signal);
  const left = await readImage(open, standing.id, signal);
  if (left !== null && left.revision !== standing.revision) return sameContent(left, standing);
  // Not even a filter on its id finds it, so nobody else does.
  const path = `/objects/${open.mapping.class}/${encodeURIComponent(standing.id)}${tenantQuery(open, '?')}`;
  if (left !== null) await open.http.call('DELETE', path, { signal, accept: [404] });
  const body = toObject(open, standing);
  const answer = await open.http.call('POST', '/objects', { body, signal, accept: [422] });
  if (answer.status !== 422) return true;
  const other = await readImage(open, standing.id, signal);
  return other !== null && sameContent(other, standing);
}
