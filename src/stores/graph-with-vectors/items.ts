import { type CollectRule, isDue } from '../../domain/collectors.ts';
import type { GraphImage } from '../../domain/graph-item.ts';
import { EmptyScopeError } from '../../domain/store-errors.ts';
import type { GraphCensus } from '../ports/graph-census.ts';
import type { GraphFence } from '../ports/graph-fence.ts';
import { type ItemsOutside, itemKey } from '../ports/graph-items.ts';
import type { GraphVectors } from '../ports/graph-vectors.ts';
import { judgeVectors } from './judge.ts';

/** Rejects with `GraphFenceError` once a higher epoch has the group. */
export type CheckFence = (fence: GraphFence) => Promise<void>;

/**
 * Vectors go and come back beside a graph that another store holds. No lock spans the two: a document may come back while its
 * vectors go. So they are judged before they are deleted, deleted as they were read, and judged once more; what is no longer
 * due by then is put back. A predecessor may have died in between, hence whatever is not due is put back where it is absent.
 */
export function vectorItems(census: GraphCensus, vectors: GraphVectors, check: CheckFence): ItemsOutside {
  return {
    at: 'outside',
    fetch: async (group, items, signal) => {
      const ids = items.flatMap(({ kind, id }) => (kind === 'vector' ? [id] : []));
      return ids.length === 0 ? [] : vectors.fetch(group, ids, signal);
    },
    remove: async (fence, rule, images, signal) => {
      if (images.length === 0) throw new EmptyScopeError('the list of images');
      const first = await dueOf(fence.group, images, rule, signal);
      const changed = new Set(await removed(fence, first.due, signal));
      const gone = first.due.filter(({ id }) => !changed.has(id));
      const second = gone.length === 0 ? { due: [], not: [] } : await dueOf(fence.group, gone, rule, signal);
      const back = [...first.not, ...second.not];
      if (back.length > 0) {
        await check(fence);
        await vectors.restore(fence, back, signal);
      }
      return { stay: [...first.due.filter(({ id }) => changed.has(id)), ...back].map(itemKey) };
    },
    restore: async (fence, images, signal) => {
      await check(fence);
      const { superseded } = await vectors.restore(fence, images, signal);
      return { refused: superseded.map((id) => itemKey({ kind: 'vector', id })) };
    },
  };

  async function removed(fence: GraphFence, due: readonly GraphImage[], signal?: AbortSignal): Promise<string[]> {
    if (due.length === 0) return [];
    await check(fence);
    return (await vectors.remove(fence, due, signal)).changed;
  }

  async function dueOf(group: string, images: readonly GraphImage[], rule: CollectRule, signal?: AbortSignal) {
    const listed = await vectors.describe(group, images, signal);
    const stale = rule.collectors.includes('deprecated-vectors')
      ? await judgeVectors(census, listed, rule.cutoff, signal)
      : [];
    const isDueAt = (at: number) => {
      const one = stale[at];
      return one !== null && one !== undefined && isDue(one, rule);
    };
    return { due: images.filter((_, at) => isDueAt(at)), not: images.filter((_, at) => !isDueAt(at)) };
  }
}
