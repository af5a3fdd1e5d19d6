import { expect, test } from 'vitest';
import { probeStores } from '../../src/activities/sweep/probe.ts';
import { ttlCleanupSweepable } from '../../src/activities/ttl-cleanup.ts';
import { toMapping } from '../../src/config/mapping.ts';
import { createRowStore } from '../../src/stores/postgres/row-store.ts';
import { createWeaviateVectors } from '../../src/stores/weaviate/vectors.ts';

test('a store that only a collection outside the plan uses is not asked', async () => {
  const vectors = { in: 'weaviate', class: 'Chunk' } as const;
  const down = toMapping('down', { table: 'docs', vectors });
  if (down.vectors.in !== 'weaviate') throw new Error('its vectors are in Weaviate');
  const weaviate = await createWeaviateVectors({
    ...{ url: 'http://127.0.0.1:9', timeoutMs: 1000, mapping: down.vectors },
  });
  const up = ttlCleanupSweepable(createRowStore(toMapping('up', { table: 'docs', vectors: { in: 'none' } })), null);
  const sweepables = () => [ttlCleanupSweepable(createRowStore(down), weaviate), up];
  await expect(probeStores({ sweepables }, 'ttl-cleanup', ['up'])).resolves.toBeUndefined();
  for (const collections of [['up', 'down'], undefined]) {
    await expect(probeStores({ sweepables }, 'ttl-cleanup', collections)).rejects.toMatchObject({
      name: 'ConnectionError',
    });
  }
});
