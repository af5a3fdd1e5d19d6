import type { GraphResults } from '../../src/stores/ports/graph-compute.ts';
import type { GraphStore } from '../../src/stores/ports/graph-store.ts';

/** Communities that readers of one group see, entity by entity. */
export async function communitiesOf({ compute }: Pick<GraphStore, 'compute'>, group: string) {
  const found: { entity: string; community: number }[] = [];
  for await (const page of compute.communities([group])) {
    for (const { entities, communities } of page) {
      for (const [at, entity] of entities.entries()) found.push({ entity, community: communities[at] ?? -1 });
    }
  }
  return found;
}

/** Ids of one group's entities. */
export async function entitiesOf({ compute }: Pick<GraphStore, 'compute'>, group: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of compute.entities([group])) for (const { entities } of page) found.push(...entities);
  return found;
}

export async function resultsOf({ compute }: Pick<GraphStore, 'compute'>, group: string): Promise<GraphResults | null> {
  return (await compute.results([group])).get(group) ?? null;
}
