import { readGroups, recordChanged, recordWork } from '../../state/graphs/graph-groups.ts';
import { graphItemsOfParts } from '../../state/graphs/graph-items.ts';
import { recordItemsOfParts } from '../../state/graphs/graph-ledger.ts';
import { byKind, type GraphStore } from '../../stores/ports/graph-store.ts';
import type { GroupImage, GroupsTogether } from '../../stores/ports/groups-together.ts';
import type { Step, Together, TogetherPartition, TogetherWork } from '../sweep/sweepable.ts';
import { collectedStep, entitiesOf } from './collect.ts';
import { anyRule, asksRecompute, recomputedTotals, staleStill, workedOf } from './conclude.ts';
import { recomputeTogether } from './recompute-together.ts';
import { type GroupDuty, ruleFor, ruleOf } from './rule.ts';
import type { GraphTools } from './tools.ts';

/** Entities, edges and vectors of groups that go together: what is held in memory, and written in one transaction. */
const mostRows = 20_000;

interface GroupsOfStore {
  readonly graph: string;
  readonly together: GroupsTogether;
}

/**
 * Many small groups of a graph at once, each as by itself: what is due is removed from all of them in one commit; then
 * they are read, computed and judged, and a second commit writes what came of each. Between the two every group stands
 * where one alone stands when its items are gone.
 */
export function handleTogether(store: GraphStore, duty: GroupDuty, tools: GraphTools): Together | null {
  const { together } = store;
  if (together === null) return null;
  const groups = { graph: store.mapping.name, together };
  return {
    mostRows,
    handle: async (work) => {
      await collectTogether(groups, duty, work);
      await concludeTogether(groups, duty, tools, work);
    },
  };
}

/** As `collectBatch`, of all that is due in each. */
async function collectTogether({ graph, together }: GroupsOfStore, duty: GroupDuty, work: TogetherWork) {
  const rule = ruleOf(duty, work.terms);
  if (rule === null) return;
  const { db, runNo, partitions } = work;
  const placed = await graphItemsOfParts(db, runNo, graph, partitions);
  if (placed.length === 0) return;
  const names = new Map(partitions.map(({ no, partition }) => [no, partition]));
  const items = placed.map((item) => ({ ...item, group: names.get(item.partNo) ?? '' }));
  await work.guard.commit(async (tx) => {
    const gone: GroupImage[] = [];
    for (const [kind, some] of byKind(items)) gone.push(...(await together.remove(tx, ruleFor(rule, kind), some)));
    const [pages, goneOf] = [Map.groupBy(items, ({ group }) => group), Map.groupBy(gone, ({ group }) => group)];
    const changed = [...goneOf].map(([group, some]) => ({ group, orphans: entitiesOf(some) }));
    if (work.keep) {
      const images = partitions.flatMap(({ no, partition }) =>
        (goneOf.get(partition) ?? []).map((image) => ({ ...image, partNo: no })),
      );
      await recordItemsOfParts(tx, { runNo, graph }, images, null);
    }
    await recordChanged(tx, graph, changed);
    return stepsOf(partitions, ({ partition }) => {
      const page = pages.get(partition);
      return page === undefined ? {} : collectedStep(page, goneOf.get(partition) ?? []);
    });
  });
}

/** As `conclude`. What is left for a collector is judged in the commit that ends the work. */
async function concludeTogether(
  { graph, together }: GroupsOfStore,
  duty: GroupDuty,
  tools: GraphTools,
  work: TogetherWork,
) {
  const { db, partitions, signal, terms } = work;
  const names = partitions.map(({ partition }) => partition);
  const begun = new Map((await readGroups(db, graph, names)).map((row) => [row.group_id, row]));
  const asked = partitions.filter(({ partition }) => asksRecompute(duty, terms, begun.get(partition) ?? null));
  const tallies = await together.tallies(db, names);
  const { recomputed, published } = await recomputeTogether(together, tools, work, asked);
  signal.throwIfAborted();
  await work.guard.finish(async (tx) => {
    await together.publish(tx, published);
    const stale = duty.collects
      ? await staleStill(tx, graph, names, together.stale(tx, names, anyRule(terms)))
      : new Set(names);
    const worked = partitions.flatMap(({ no, partition: group }) => {
      const tally = tallies.get(group);
      const results = recomputed.get(no) ?? null;
      const ending = { group, begun: begun.get(group) ?? null, stale, results };
      return tally === undefined ? [] : [workedOf(duty, { ...ending, tally })];
    });
    await recordWork(tx, graph, worked);
    return stepsOf(partitions, ({ no }) => ({ totals: recomputedTotals(recomputed.get(no) ?? null) }));
  });
}

function stepsOf(partitions: readonly TogetherPartition[], step: (one: TogetherPartition) => Step) {
  return new Map(partitions.map((one) => [one.no, step(one)]));
}
