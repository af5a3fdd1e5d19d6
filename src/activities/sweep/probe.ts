import type { SweepDeps } from './deps.ts';

/**
 * Resolves when every store that the run still uses answers. A collection that the survey left out because its store is
 * down is not asked: the others do not wait for it.
 *
 * @param collections those of the run's plan; absent in runs of an earlier release, where all are asked
 */
export async function probeStores(
  { sweepables }: Pick<SweepDeps, 'sweepables'>,
  job: string,
  collections: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<void> {
  for (const one of sweepables(job)) {
    if (collections === undefined || collections.includes(one.collection)) await one.probe(signal);
  }
}
