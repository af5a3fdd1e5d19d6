import { EdgeListBuilder } from '../../compute/edge-list.ts';
import type { GroupsTogether, PublishedGroup, WholeGroup } from '../../stores/ports/groups-together.ts';
import type { TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { asItStands, entityResults, graphTask, hashToSkip, PreviousCommunities } from './task.ts';
import { type GraphSettings, type GraphTools, type Recomputed, settingsOf } from './tools.ts';

export interface RecomputedTogether {
  /** By partition's number. */
  readonly recomputed: ReadonlyMap<number, Recomputed>;
  /** What is new, for the commit that ends the work: versions are epochs, as for one group. */
  readonly published: readonly PublishedGroup[];
}

/** As `recomputeGroup`, of many small groups: read in a few statements, computed on one thread in one go. */
export function recomputeTogether(
  together: GroupsTogether,
  tools: GraphTools,
  work: TogetherWork,
  partitions: readonly TogetherPartition[],
): Promise<RecomputedTogether> {
  if (partitions.length === 0) return Promise.resolve({ recomputed: new Map(), published: [] });
  return tools.turn(async () => {
    const { db, signal, terms } = work;
    const settings = settingsOf(tools, terms);
    const whole = await together.read(
      db,
      partitions.map(({ partition }) => partition),
    );
    const graphs = partitions.flatMap((one) => {
      const group = whole.get(one.partition);
      return group === undefined ? [] : [{ ...one, standing: group.results, ...taskOf(group, settings) }];
    });
    const tasks = graphs.map(({ task, standing, previous }) => {
      return { ...task, previousHash: hashToSkip(terms, standing, previous) };
    });
    const results = await tools.computer.runAll(tasks, { signal });
    const recomputed = new Map<number, Recomputed>();
    const published: PublishedGroup[] = [];
    for (const [at, { no, partition: group, epoch: version, standing, task }] of graphs.entries()) {
      const result = results[at];
      if (result === undefined) throw new Error('every task has a result');
      const { hash } = result;
      if (!result.changed) {
        recomputed.set(no, asItStands(terms, standing, hash));
        continue;
      }
      const { communityCount: communities } = result;
      recomputed.set(no, { hash, communities, unchanged: false });
      const entities = entityResults(task.list.ids, result);
      published.push({ group, version, communities, hash, computedAt: terms.cutoff, entities });
    }
    return { recomputed, published };
  });
}

function taskOf({ entities, edges, communities }: WholeGroup, settings: GraphSettings) {
  const builder = new EdgeListBuilder(settings);
  for (const id of entities) builder.addNode(id);
  builder.addEdges(edges);
  const previous = new PreviousCommunities(builder);
  for (const [at, entity] of communities.entities.entries()) previous.add(entity, communities.communities[at] ?? 0);
  return { previous, task: graphTask(builder, previous, settings) };
}
