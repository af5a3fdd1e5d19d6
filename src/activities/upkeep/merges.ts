import { deleteDecisions, deleteEndedMerges, type OldDecision, pageOfOldDecisions } from '../../state/upkeep/merges.ts';
import { wayOf } from '../../stores/ports/graph-items.ts';
import type { GraphStore } from '../../stores/ports/graph-store.ts';
import { batch, batchRows, untilFewer } from './batch.ts';
import { retentionOf } from './ledger.ts';
import type { StageWork } from './types.ts';

const decisionsAtOnce = 500;

/** Deletes pairs that ended, and decisions about what does not exist any more. Yields the graph and the id it has come to. */
export async function* tidyMerges(work: StageWork): AsyncGenerator<string | null> {
  const { db, graphs, log } = work.deps;
  const { days, otherwise } = retentionOf(work);
  const kept = days['deduplicate-facts'] ?? otherwise;
  const [from = '', reached = '0'] = work.after?.split(' ') ?? [];
  if (work.after === null) {
    yield* untilFewer(() =>
      batch(work, async (tx) => {
        const deleted = await deleteEndedMerges(tx, kept, batchRows);
        return { did: { deleted_merges: deleted }, result: deleted };
      }),
    );
  }
  for (const store of graphs.toSorted((a, b) => (a.mapping.name < b.mapping.name ? -1 : 1))) {
    const graph = store.mapping.name;
    if (graph < from) continue;
    for (let after = graph === from ? reached : '0'; ; ) {
      const page = await pageOfOldDecisions(db, graph, after, kept, decisionsAtOnce);
      const vanished = await vanishedDecisions(store, page).catch((error: unknown) => {
        // An empty answer may come from a store that does not answer, or from the wrong place.
        log.warn(
          { collection: graph, error: error instanceof Error ? error.name : 'Error' },
          'decisions about pairs are kept',
        );
        return [];
      });
      if (vanished.length > 0) {
        await batch(work, async (tx) => ({
          did: { deleted_merges: await deleteDecisions(tx, vanished) },
          result: null,
        }));
      }
      if (page.length < decisionsAtOnce) break;
      after = page.at(-1)?.id ?? after;
      yield `${graph} ${after}`;
    }
  }
}

/** Ids of the decisions of which one entity or fact does not exist. */
export async function vanishedDecisions(store: GraphStore, decisions: readonly OldDecision[]): Promise<string[]> {
  if (decisions.length === 0) return [];
  const { problems } = await store.inspect();
  if (problems.length > 0) throw new Error(problems.join('; '));
  const vanished: string[] = [];
  for (const [group, ofGroup] of Map.groupBy(decisions, (one) => one.group)) {
    for (const [kind, some] of Map.groupBy(ofGroup, (one) => one.kind)) {
      const ids = [...new Set(some.flatMap(({ survivor, loser }) => [survivor, loser]))];
      const existing = await existingIds(store, group, kind, ids);
      vanished.push(
        ...some.filter((one) => !existing.has(one.survivor) || !existing.has(one.loser)).map(({ id }) => id),
      );
    }
  }
  return vanished;
}

async function existingIds(
  { census, items }: GraphStore,
  group: string,
  kind: OldDecision['kind'],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (kind === 'entity') {
    const found = await census.standing(ids.map((id) => ({ group, kind: 'entity', id })));
    return new Set(found.map(({ id }) => id));
  }
  const facts = ids.map((id) => ({ kind: 'relation' as const, id }));
  return new Set((await wayOf(items, 'relation').fetch(group, facts)).map(({ id }) => id));
}
