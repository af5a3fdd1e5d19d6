import type { VectorImage } from '../ports/vector-store.ts';
import { sameContent } from '../same-content.ts';
import { requireFit } from './check-fit.ts';
import type { OpenClass } from './context.ts';
import { fromStatus } from './errors.ts';
import { readImage } from './fetch.ts';
import { toObject } from './image.ts';
import { mapPool } from './pool.ts';

const WIDTH = 16;

/**
 * One object a call: only so does Weaviate insert where nothing stands; a batch replaces whatever it meets, and what
 * the application wrote a moment ago would be lost. Weaviate gives a restored object new times of creation and update.
 */
export async function restoreImages(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal) {
  await requireFit(open, images, signal);
  const inserted: string[] = [];
  const superseded: string[] = [];
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
    if (!sameContent(standing, image)) superseded.push(image.id);
  });
  return { inserted, superseded };
}
