/** A group as the list of stale ones has it, as far as a timer function looks. */
interface StaleGroup {
  readonly group_id: string;
  readonly needs_gds_recompute: boolean;
}

export interface GroupReport {
  readonly group_id: string;
  readonly collected: number;
  readonly recomputed: boolean;
  /** Error, as the function would have logged it. */
  readonly error: string | null;
}

/**
 * The hourly job of teams before they use Coppice: list the stale groups, collect in each and recompute it where
 * needed, one after the other over HTTP. Knows the four URLs and nothing else.
 */
export async function runTimerFunction(baseUrl: string, token: string): Promise<GroupReport[]> {
  const call = async (method: string, path: string, groupId: string | null) => {
    const response = await fetch(`${baseUrl}/maintenance${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(groupId === null ? {} : { 'x-group-id': Buffer.from(groupId, 'utf8').toString('latin1') }),
      },
    });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    // biome-ignore lint/suspicious/noExplicitAny: what a client makes of an answer is what is tested.
    return (await response.json()) as any;
  };
  const reports: GroupReport[] = [];
  const { groups }: { groups: StaleGroup[] } = await call('GET', '/admin/groups/stale', null);
  for (const { group_id, needs_gds_recompute } of groups) {
    try {
      const gc = await call('POST', '/run-all-gc', group_id);
      const needed = needs_gds_recompute || gc.needs_gds_recompute;
      const gds = needed ? await call('POST', '/recompute-gds', group_id) : null;
      reports.push({
        group_id,
        collected: gc.orphan_entities_cleaned + gc.stale_edges_cleaned + gc.deprecated_vectors_cleaned,
        recomputed: gds !== null && gds.status === 'completed',
        error: null,
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      reports.push({ group_id, collected: 0, recomputed: false, error: message });
    }
  }
  return reports;
}
