import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithServers } from '../support/requires.ts';
import type { Fault, StoreName } from './fault.ts';
import { runSeed } from './harness/run-seed.ts';
import { openWorld, type World } from './harness/world.ts';

/** So many seeds are played until a fault meets a run. */
const mostSeeds = 4;

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
            const again = (no: number) => `again: npm run chaos -- --seed ${no} --fault ${fault.name} --store ${store}`;
            // On a busy machine a run can end before the fault meets it, which says nothing about either.
            for (let no = seed; ; no += 1) {
              const { injected, differences } = await runSeed(world, fault, no);
              expect(differences, again(no)).toEqual([]);
              if (injected > 0) return;
              expect(no, `no fault met a run. ${again(seed)}`).toBeLessThan(seed + mostSeeds - 1);
            }
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
