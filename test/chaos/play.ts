import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithServers } from '../support/requires.ts';
import type { Fault, StoreName } from './fault.ts';
import { runSeed } from './harness/run-seed.ts';
import { openWorld, type World } from './harness/world.ts';

/** One seed of each fault, in the suite: what `npm run chaos` does with very many. */
export function playFaults(store: StoreName, faults: readonly Fault[], seed: number): void {
  for (const [stage, staged] of Map.groupBy(faults, (one) => one.stage ?? 'usual')) {
    const title = `a run in a world that goes wrong (${store}, ${stage})`;
    if (process.env.COPPICE_TEST_POSTGRES_URL !== undefined) {
      describe(title, () => it.skip('SKIPPED: the faults need servers that they may kill'));
      continue;
    }
    describeWithServers(
      title,
      store === 'weaviate' ? ['postgres', 'temporal', 'weaviate'] : ['postgres', 'temporal'],
      () => {
        let world: World | null = null;
        beforeAll(async () => {
          if ((await impossible(staged)) === null) world = await openWorld(store, stage);
        });
        afterAll(async () => world?.close());

        it.each(staged)(
          '$name: $title',
          async (fault) => {
            if (world === null) {
              process.stderr.write(`SKIPPED: ${fault.name}: ${await impossible([fault])}\n`);
              return;
            }
            const { injected, differences } = await runSeed(world, fault, seed);
            const again = `again: npm run chaos -- --seed ${seed} --fault ${fault.name} --store ${store}`;
            expect(differences, again).toEqual([]);
            expect(injected, again).toBeGreaterThan(0);
          },
          180_000,
        );
      },
    );
  }
}

async function impossible(faults: readonly Fault[]): Promise<string | null> {
  for (const fault of faults) {
    const reason = (await fault.impossible?.()) ?? null;
    if (reason !== null) return reason;
  }
  return null;
}
