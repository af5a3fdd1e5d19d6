import { createHash } from 'node:crypto';

/** A partition's key in an index: names may be longer than an index entry can be. */
export function partitionKey(collection: string, partition: string): string {
  return createHash('sha256')
    .update(JSON.stringify([collection, partition]))
    .digest('hex');
}
