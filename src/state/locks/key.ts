import { createHash } from 'node:crypto';

/** A partition's key in an index: names may be longer than an index entry can be. */
export function partitionKey(collection: string, partition: string): string {
  return createHash('sha256')
    .update(JSON.stringify([collection, partition]))
    .digest('hex');
}

/** Of the 64 bytes that Temporal allows. */
const fairnessKeyLength = 32;

/**
 * Temporal serves tasks of different fairness keys in turn. Tasks for one tenant have the same key, in whichever collection;
 * no name is in it, and another installation's keys differ.
 */
export function fairnessKey(installation: string, partition: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['fairness', installation, partition]))
    .digest('hex')
    .slice(0, fairnessKeyLength);
}
