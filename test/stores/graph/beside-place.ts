import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { toVectorsBeside } from '../../../src/config/graph-vectors.ts';
import type { Db } from '../../../src/database/schema.ts';
import type { GraphMapping, VectorClass, VectorTable } from '../../../src/domain/graph-mapping.ts';
import { createGraphWithVectors } from '../../../src/stores/graph-with-vectors/store.ts';
import type { GraphVectors } from '../../../src/stores/ports/graph-vectors.ts';
import { fenceCheck } from '../../../src/stores/postgres/graph/epoch.ts';
import { createTableGraphVectors } from '../../../src/stores/postgres/graph-vectors/store.ts';
import { createWeaviateGraphVectors } from '../../../src/stores/weaviate/graph/store.ts';
import { clientOf, objectsIn } from '../../support/weaviate-objects.ts';
import type { GraphPlace } from './place.ts';
import { checksumOfRows, partitionFence } from './tables-place.ts';

/** Vectors in a store of their own, with what a place needs to say of them. */
export interface BesidePlace extends Pick<GraphPlace, 'checksum' | 'clear'> {
  readonly vectors: GraphVectors;
}

/** A graph without vectors, and vectors in another store, as one place. */
export function placeWithVectors(db: Db, graph: GraphPlace, beside: BesidePlace): GraphPlace {
  const { name } = graph.store.mapping;
  const store = createGraphWithVectors(graph.store, beside.vectors, fenceCheck(db, name));
  return {
    store,
    dangling: graph.dangling,
    load: async (lines) => store.loading.load?.(lines),
    fence: partitionFence(db, name),
    setRank: graph.setRank,
    rankOf: graph.rankOf,
    checksum: async (group) => `${await graph.checksum(group)} ${await beside.checksum(group)}`,
    clear: async () => {
      await graph.clear();
      await beside.clear();
    },
  };
}

export function withoutVectors<T extends { readonly vectors: unknown }>(place: T): T & { readonly vectors: null } {
  return { ...place, vectors: null };
}

/** A class of the suite's own. */
export async function classPlace(
  url: string,
  mapping: GraphMapping,
  over: Partial<VectorClass> = {},
): Promise<BesidePlace & { readonly of: VectorClass; drop(): Promise<void> }> {
  const { call } = clientOf({ url });
  const standard = toVectorsBeside(`test_${randomBytes(4).toString('hex')}`, { in: 'weaviate' });
  if (standard.in !== 'weaviate') throw new Error('that was asked for');
  const of = { ...standard, ...over };
  const vectors = createWeaviateGraphVectors({ url, timeoutMs: 30_000, mapping: { ...mapping, vectorsBeside: of } });
  await vectors.ensure();
  return {
    of,
    vectors,
    checksum: async (group) => {
      const objects = (await objectsIn(url, of.class)).filter(({ properties }) => properties[of.group] === group);
      return JSON.stringify(objects.map(({ id, properties, vector }) => [id, properties, vector]));
    },
    clear: async () => {
      for (const { id } of await objectsIn(url, of.class)) await call('DELETE', `/objects/${of.class}/${id}`);
    },
    drop: async () => {
      await call('DELETE', `/schema/${of.class}`);
    },
  };
}

/** The table of the default schema. */
export async function tablePlace(db: Db, mapping: GraphMapping): Promise<BesidePlace & { readonly of: VectorTable }> {
  const of = toVectorsBeside(mapping.name, { in: 'postgres' });
  if (of.in !== 'postgres') throw new Error('that was asked for');
  const vectors = createTableGraphVectors(db, { ...mapping, vectorsBeside: of });
  await vectors.ensure();
  return {
    of,
    vectors,
    checksum: (group) => checksumOfRows(db, [of.table], group),
    clear: async () => {
      await sql`delete from ${sql.id(of.table.schema, of.table.name)}`.execute(db);
    },
  };
}
