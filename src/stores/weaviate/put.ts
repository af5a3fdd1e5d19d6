import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import { slices } from '../slices.ts';
import { requireFit } from './check-fit.ts';
import type { OpenClass } from './context.ts';
import { fromMessage, tooLate } from './errors.ts';
import { toObject } from './image.ts';
import { findRevisions } from './query.ts';
import { read } from './read.ts';

/** Small enough that a slow index writes a batch well within a call's time limit. */
const BATCH_OBJECTS = 200;
const QUEUE_POLL_MS = 200;

const batchAnswer = z.array(
  z.object({
    result: z.object({ errors: z.object({ error: z.array(z.object({ message: z.string() })) }).nullish() }).nullish(),
  }),
);
const nodesAnswer = z.object({
  nodes: z.array(z.object({ shards: z.array(z.object({ vectorQueueLength: z.number().nullish() })).nullish() })),
});

/** Writes or replaces objects, and resolves once they can be read and searched. */
export async function putImages(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal): Promise<void> {
  await requireFit(open, images, signal);
  for (const batch of slices(images, BATCH_OBJECTS)) {
    const objects = batch.map((image) => toObject(open, image));
    const { body } = await open.http.call('POST', '/batch/objects', { body: { objects }, signal });
    const errors = read(batchAnswer, body, open.http.where).flatMap((each) => each.result?.errors?.error ?? []);
    const [first] = errors;
    if (first) throw fromMessage(open.http.where, `${errors.length} of ${batch.length} objects: ${first.message}`);
    const standing = await findRevisions(
      open,
      batch.map((image) => image.id),
      signal,
    );
    const missing = batch.filter((image) => !standing.has(image.id));
    if (missing.length === 0) continue;
    throw new StoreError('WeaviateError', `${missing.length} of ${batch.length} objects are not there after the write`);
  }
  await searchable(open, signal);
}

/** With ASYNC_INDEXING a vector waits in a queue before a search finds it; without, the queue is always empty. */
async function searchable(open: OpenClass, signal?: AbortSignal): Promise<void> {
  const untilMs = performance.now() + open.timeoutMs;
  for (;;) {
    const { body } = await open.http.call('GET', `/nodes/${open.mapping.class}?output=verbose`, { signal });
    const shards = read(nodesAnswer, body, open.http.where).nodes.flatMap((node) => node.shards ?? []);
    if (shards.every((shard) => (shard.vectorQueueLength ?? 0) === 0)) return;
    if (performance.now() > untilMs) throw tooLate(`${open.http.where} (its indexing queue)`, open.timeoutMs);
    await sleep(QUEUE_POLL_MS, undefined, { signal });
  }
}
