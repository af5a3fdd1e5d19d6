import { z } from 'zod';
import { StoreError } from '../../domain/store-errors.ts';
import type { VectorImage } from '../../domain/vector-image.ts';
import { slices } from '../slices.ts';
import { type OpenClass, tenantQuery } from './context.ts';
import { fromMessage } from './errors.ts';
import { findRevisions, PAGE_OBJECTS } from './query.ts';
import { read } from './read.ts';
import { and, toRest, type Where } from './where.ts';

const deleteAnswer = z.object({
  results: z.object({
    failed: z.number(),
    objects: z
      .array(z.object({ errors: z.object({ error: z.array(z.object({ message: z.string() })) }).nullish() }))
      .nullish(),
  }),
});

/** Removes objects that are still as they were read, and reads back what stands. */
export async function removeImages(open: OpenClass, images: readonly VectorImage[], signal?: AbortSignal) {
  const changed: string[] = [];
  for (const batch of slices(images, PAGE_OBJECTS)) {
    const ids = batch.map((image) => image.id);
    const where = open.schema.indexTimestamps ? asRead(batch) : await checked(open, batch, signal);
    if (where) await deleteBatch(open, where, signal);
    const standing = await findRevisions(open, ids, signal);
    const left = batch.filter((image) => standing.has(image.id));
    const unchanged = left.filter((image) => standing.get(image.id) === revisionOf(image));
    if (unchanged.length > 0) {
      throw new StoreError('WeaviateError', `${unchanged.length} of ${batch.length} objects exist after the delete`);
    }
    changed.push(...left.map((image) => image.id));
  }
  return { changed };
}

/**
 * Each object under the condition that it was last written when we read it, so that a worker that comes back from the
 * dead removes nothing that was restored meanwhile. The server searches and deletes within one call; what is written
 * between those two steps, inside the server, is beyond anyone's reach. Objects of one write share a clause; a thousand
 * clauses of their own were deleted at 16 thousand objects/s.
 */
function asRead(batch: readonly VectorImage[]): Where {
  const byRevision = new Map<string, string[]>();
  for (const image of batch) {
    const revision = revisionOf(image);
    const ids = byRevision.get(revision);
    if (ids) ids.push(image.id);
    else byRevision.set(revision, [image.id]);
  }
  const operands = [...byRevision].map(([revision, ids]) =>
    and([
      { operator: 'Equal', path: '_lastUpdateTimeUnix', text: revision },
      { operator: 'ContainsAny', path: 'id', texts: ids },
    ]),
  );
  return { operator: 'Or', operands };
}

/** Without an index of timestamps the server cannot compare: read the revisions and delete at once what matches. */
async function checked(open: OpenClass, batch: readonly VectorImage[], signal?: AbortSignal): Promise<Where | null> {
  const standing = await findRevisions(
    open,
    batch.map((image) => image.id),
    signal,
  );
  const same = batch.filter((image) => standing.get(image.id) === revisionOf(image));
  return same.length === 0 ? null : { operator: 'ContainsAny', path: 'id', texts: same.map((image) => image.id) };
}

async function deleteBatch(open: OpenClass, where: Where, signal?: AbortSignal): Promise<void> {
  const match = { class: open.mapping.class, where: toRest(where) };
  const body = { match, output: 'minimal', dryRun: false };
  const answer = await open.http.call('DELETE', `/batch/objects${tenantQuery(open, '?')}`, { body, signal });
  const { failed, objects } = read(deleteAnswer, answer.body, open.http.where).results;
  if (failed === 0) return;
  const said = objects?.flatMap((each) => each.errors?.error ?? []).at(0)?.message ?? 'no reason given';
  throw fromMessage(open.http.where, `${failed} objects were not deleted: ${said}`);
}

/** Every object read from Weaviate has one; an image without was never read, so there is nothing to compare. */
function revisionOf(image: VectorImage): string {
  if (image.revision !== null) return image.revision;
  throw new StoreError('StoreRefusedError', `object ${image.id} has no revision: read it before it is removed`);
}
