import { type Dated, type Stale, staleVector } from '../../domain/collectors.ts';
import type { GraphCensus, Named } from '../ports/graph-census.ts';
import type { ListedVector } from '../ports/graph-vectors.ts';

/** Judges each of the vectors by the rules; its documents and entities are looked up in the graph now. */
export async function judgeVectors(
  census: Pick<GraphCensus, 'standing'>,
  vectors: readonly ListedVector[],
  cutoff: Date,
  signal?: AbortSignal,
): Promise<(Stale | null)[]> {
  const named = new Map<string, Named>();
  for (const vector of vectors) for (const one of namedBy(vector)) named.set(keyOf(one), one);
  const standing = new Map<string, Dated>();
  if (named.size > 0) {
    for (const one of await census.standing([...named.values()], signal)) {
      standing.set(keyOf(one), { createdAt: null, deprecatedAt: one.deprecatedAt });
    }
  }
  return vectors.map(({ group, document, entity, createdAt, deprecatedAt }) => {
    const of = (kind: Named['kind'], id: string) => standing.get(keyOf({ group, kind, id })) ?? null;
    const facts = {
      ...{ createdAt, deprecatedAt },
      ...(document === null ? {} : { document: of('document', document) }),
      ...(entity === null ? {} : { entityStands: of('entity', entity) !== null }),
    };
    return staleVector(facts, cutoff);
  });
}

function namedBy({ group, document, entity }: ListedVector): Named[] {
  return [
    ...(document === null ? [] : [{ group, kind: 'document' as const, id: document }]),
    ...(entity === null ? [] : [{ group, kind: 'entity' as const, id: entity }]),
  ];
}

function keyOf({ group, kind, id }: Named): string {
  return JSON.stringify([group, kind, id]);
}
