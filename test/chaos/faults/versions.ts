import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Fault } from '../fault.ts';
import type { Scene } from '../harness/scene.ts';

const builds = new WeakMap<Scene, string>();

/** A second build beside the first, with a version of its own; both are on the queue, and one or the other dies. */
export const versions: Fault = {
  name: 'versions',
  title: 'workers of two versions share the queue, one or the other is killed',
  prepare: async (scene) => {
    builds.set(scene, nextVersion());
    await scene.world.crew.ensure();
    await startOther(scene);
  },
  disturb: async (scene) => {
    const { crew } = scene.world;
    for (const share of scene.shares(3)) {
      if (!(await scene.reached(share))) return;
      const victim = await crew.any(scene.random);
      await crew.kill(victim);
      scene.injected += 1;
      await (victim.plain ? crew.ensure() : startOther(scene));
    }
  },
  settle: async (scene) => {
    await scene.world.crew.dismiss('odd');
    rmSync(builds.get(scene) ?? '', { recursive: true, force: true });
  },
};

function nextVersion(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coppice-next-'));
  cpSync('dist', join(folder, 'dist'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const manifest = readFileSync('package.json', 'utf8');
  writeFileSync(join(folder, 'package.json'), manifest.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
  return folder;
}

function startOther(scene: Scene) {
  return scene.world.crew.start({ main: join(builds.get(scene) ?? '', 'dist/cli/main.js') });
}
