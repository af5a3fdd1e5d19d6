import { sql } from 'kysely';
import { seededRandom } from '../../../src/domain/random.ts';
import type { RunJson } from '../../../src/domain/run.ts';
import type { Fault } from '../fault.ts';
import { differencesAfterRun, differencesAfterUndo, undoTotalsDifferences } from './oracle.ts';
import { Scene } from './scene.ts';
import type { World } from './world.ts';

export interface SeedResult {
  readonly injected: number;
  readonly differences: readonly string[];
  readonly elapsedMs: number;
}

/**
 * One seed: a run under the fault, the look at what it left, its undo (under the fault too, for half of the seeds), and
 * the look whether all is as in the beginning.
 */
export async function runSeed(world: World, fault: Fault, seed: number): Promise<SeedResult> {
  const startedAt = performance.now();
  const random = seededRandom(
    seed * 7919 + [...(fault.name + world.store)].reduce((sum, one) => sum * 31 + one.charCodeAt(0), 7),
  );
  const scene = new Scene(world, random);
  const differences: string[] = [];
  try {
    await act(scene, fault, differences);
  } catch (error) {
    differences.push(described(error));
  }
  return {
    injected: scene.injected,
    differences: [...differences, ...scene.differences],
    elapsedMs: performance.now() - startedAt,
  };
}

async function act(scene: Scene, fault: Fault, differences: string[]): Promise<void> {
  const { world } = scene;
  await fault.prepare?.(scene);
  if (fault.prepare === undefined) await world.crew.ensure();
  await scene.startRun();
  await fault.disturb(scene);
  if (world.crew.members.length === 0) await world.crew.ensure();
  const runs = [...(await scene.ended())];
  differences.push(...(await differencesAfterRun(scene)));

  const undos: RunJson[] = [];
  const disturbed = scene.random() < 0.5;
  for (const run of runs.toReversed()) {
    await scene.startUndo(run.run_id);
    if (disturbed && run === runs[0]) await fault.disturb(scene);
    if (world.crew.members.length === 0) await world.crew.ensure();
    undos.push(...(await scene.ended()));
  }
  await fault.settle?.(scene);
  await world.crew.dismiss('odd');
  differences.push(...undoTotalsDifferences(scene, undos), ...(await differencesAfterUndo(scene)));
  await sql`truncate coppice.holds, chaos.notes`.execute(world.installation.parts.db);
}

function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack?.split('\n').find((line) => line.includes('/test/chaos/')) ?? '';
  return `${error.message} ${own.trim()}`;
}
