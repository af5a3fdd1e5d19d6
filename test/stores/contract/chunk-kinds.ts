import type { Db } from '../../../src/database/schema.ts';
import { type CollectionOptions, createCollection } from './collection.ts';

/** The chunks that a foreign key guards, which one statement removes with their rows; and those that none does. */
export type Chunks = 'guarded' | 'unguarded';

const unguarded = 'document_id text not null, id text, text text, embedding vector(3), primary key (document_id, id)';

/** Collections whose chunks are of this kind, where a test does not say what it wants of them. */
export function collectionsWith(kind: Chunks) {
  return (db: Db, options: CollectionOptions = {}) =>
    createCollection(
      db,
      kind === 'unguarded' && options.chunks === undefined ? { ...options, chunks: unguarded } : options,
    );
}
