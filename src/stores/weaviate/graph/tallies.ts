import { createHash } from 'node:crypto';
import type { ListedVector, VectorTally } from '../../ports/graph-vectors.ts';
import { knownGroup } from '../../stored-group.ts';
import { openClass } from '../context.ts';
import { listObjects } from '../page.ts';
import { PAGE_OBJECTS } from '../query.ts';
import { objectsOf } from './list.ts';
import { listedOf, textOf } from './listed.ts';
import type { GraphContext } from './scope.ts';

/** One pass of the cursor, which lists the whole class. */
export async function classTallies(
  context: GraphContext,
  signal?: AbortSignal,
): Promise<{ readonly groups: ReadonlyMap<string, VectorTally>; readonly unscoped: number }> {
  const { graph } = context;
  const of = graph.vectorsBeside;
  const open = await openClass(context, signal);
  const counts = new Map<string, Count>();
  let unscoped = 0;
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listObjects>> = await listObjects(open, after, PAGE_OBJECTS, signal);
    for (const { id: uuid, properties } of page.objects) {
      const group = knownGroup(graph, textOf(properties, of.group));
      if (group === null) {
        unscoped += 1;
        continue;
      }
      const count = counts.get(group) ?? new Count();
      counts.set(group, count);
      const vector = listedOf(of, group, uuid, properties);
      if (vector !== null) count.add(vector);
    }
    after = page.next;
  } while (after !== null);
  return { groups: talliesIn(counts), unscoped };
}

export async function talliesOf(
  context: GraphContext,
  groups: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, VectorTally>> {
  const counts = new Map(groups.map((group) => [group, new Count()]));
  for await (const page of objectsOf(context, groups, signal)) {
    for (const { vector } of page) counts.get(vector.group)?.add(vector);
  }
  return talliesIn(counts);
}

function talliesIn(counts: ReadonlyMap<string, Count>): ReadonlyMap<string, VectorTally> {
  return new Map([...counts].map(([group, count]) => [group, count.tally()]));
}

class Count {
  #vectors = 0;
  #digest = 0n;

  add({ id, deprecatedAt }: ListedVector): void {
    this.#vectors += 1;
    const said = JSON.stringify([id, deprecatedAt]);
    this.#digest ^= createHash('sha256').update(said).digest().readBigUInt64BE();
  }

  tally(): VectorTally {
    return { vectors: this.#vectors, digest: `${this.#vectors}:${this.#digest.toString(16)}` };
  }
}
