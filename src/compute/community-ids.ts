/** A community of before and one of now, by how many members they share. */
interface Overlap {
  readonly previous: number;
  readonly current: number;
  readonly shared: number;
}

/**
 * Gives communities the ids of those before that they mostly are: pairs are matched by the number of members they share,
 * the greatest first, each id and each community once. To match, the pair must share more than half of the members of one
 * of the two that are still there: a few that moved do not take an id along. All others get new ids, from `nextId` on.
 *
 * @param membership by node: its community now, 0 … `count` - 1
 * @param previous by node: the id of its community before; -1 for a node that had none
 * @param nextId above all ids that were ever given: an id that went is not given again
 * @returns `ids` by community, and the next free id
 */
export function keepCommunityIds(
  membership: Int32Array,
  count: number,
  previous: Int32Array,
  nextId: number,
): { readonly ids: Int32Array<ArrayBuffer>; readonly nextId: number } {
  const ids = new Int32Array(count).fill(-1);
  const taken = new Set<number>();
  for (const { previous: id, current } of overlapsOf(membership, count, previous)) {
    if (ids[current] !== -1 || taken.has(id)) continue;
    ids[current] = id;
    taken.add(id);
  }
  let next = nextId;
  for (let community = 0; community < count; community++) if (ids[community] === -1) ids[community] = next++;
  return { ids, nextId: next };
}

/** The pairs that may match, the best first. Ties go to the smaller id, then to the smaller community number. */
function overlapsOf(membership: Int32Array, count: number, previous: Int32Array): Overlap[] {
  const shared = new Map<number, Map<number, number>>();
  const survivors = new Map<number, number>();
  const sizes = new Int32Array(count);
  for (let node = 0; node < membership.length; node++) {
    const current = membership[node] ?? 0;
    const id = previous[node] ?? -1;
    sizes[current] = (sizes[current] ?? 0) + 1;
    if (id < 0) continue;
    survivors.set(id, (survivors.get(id) ?? 0) + 1);
    const row = shared.get(current) ?? new Map<number, number>();
    shared.set(current, row.set(id, (row.get(id) ?? 0) + 1));
  }
  const pairs: Overlap[] = [];
  for (const [current, row] of shared) {
    for (const [id, members] of row) {
      const mostly = members * 2 > (survivors.get(id) ?? 0) || members * 2 > (sizes[current] ?? 0);
      if (mostly) pairs.push({ previous: id, current, shared: members });
    }
  }
  return pairs.sort((a, b) => b.shared - a.shared || a.previous - b.previous || a.current - b.current);
}
