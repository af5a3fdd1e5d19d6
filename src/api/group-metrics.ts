import { Gauge, type Registry } from 'prom-client';
import type { Measured } from '../operations/monitoring/measure.ts';
import { RisingCounter } from './rising-counter.ts';

/** Enough of a key to tell groups apart; the whole of it finds a group: `coppice groups list --json`. */
const keyLength = 12;
const others = 'other';

/** Of groups: who reads metrics learns no group's name, and however many groups there are, series are few. */
export function groupMetrics(registry: Registry): (measured: Measured['groups']) => void {
  const stale = new Gauge({
    name: 'coppice_stale_groups',
    help: 'Groups that are to be collected or recomputed.',
    labelNames: ['graph'],
    registers: [registry],
  });
  const recomputes = new RisingCounter(
    registry,
    'coppice_group_recomputes_total',
    'Times that communities and centrality of a group were computed and written.',
    'graph',
  );
  const cleaned = new RisingCounter(
    registry,
    'coppice_orphan_entities_cleaned_total',
    'Orphan entities that collections have removed.',
    'graph',
  );
  const cleanedByGroup = new RisingCounter(
    registry,
    'orphan_entities_cleaned',
    'The same by group (the first characters of its key): the hundred groups with most, all others as "other".',
    'group_id',
  );
  return ({ graphs, orphans }) => {
    stale.reset();
    for (const { graph, stale: count } of graphs) stale.set({ graph }, count);
    recomputes.set(graphs.map(({ graph, recomputes: value }) => ({ labels: { graph }, value })));
    cleaned.set(graphs.map(({ graph, orphans: value }) => ({ labels: { graph }, value })));
    const named = orphans.most.map(({ key, count: value }) => ({
      labels: { group_id: key.slice(0, keyLength) },
      value,
    }));
    const rest = { labels: { group_id: others }, value: orphans.others };
    cleanedByGroup.set(graphs.length === 0 ? [] : [...named, rest]);
  };
}
