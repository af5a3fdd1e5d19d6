import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { groupMetrics } from '../../src/api/group-metrics.ts';

const graphs = [{ graph: 'graph', stale: 0, recomputes: 0, orphans: 0 }];
const key = (at: number) => at.toString(16).padStart(64, '0').split('').reverse().join('');

async function told(registry: Registry): Promise<Map<string, number>> {
  const lines = (await registry.metrics()).split('\n');
  const series = lines.flatMap((line) => /^orphan_entities_cleaned\{group_id="(\w+)"\} (\d+)$/.exec(line) ?? []);
  return new Map(series.flatMap((_, at) => (at % 3 === 0 ? [[series[at + 1] ?? '', Number(series[at + 2])]] : [])));
}

test('a group that moves out of "other" does not make that fall', async () => {
  const registry = new Registry();
  const metrics = groupMetrics(registry);
  metrics({ graphs, orphans: { most: [{ key: key(1), count: 10 }], others: 30 } });
  expect(await told(registry)).toEqual(
    new Map([
      ['100000000000', 10],
      ['other', 30],
    ]),
  );
  metrics({ graphs, orphans: { most: [{ key: key(2), count: 12 }], others: 28 } });
  expect(await told(registry)).toEqual(
    new Map([
      ['200000000000', 12],
      ['other', 30],
    ]),
  );
  metrics({ graphs, orphans: { most: [{ key: key(2), count: 15 }], others: 31 } });
  expect(await told(registry)).toEqual(
    new Map([
      ['200000000000', 15],
      ['other', 31],
    ]),
  );
});
