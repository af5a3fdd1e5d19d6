import type { Restartable } from '../../support/restartable.ts';
import type { Fault } from '../fault.ts';
import type { Scene } from '../harness/scene.ts';

export const temporalRestart: Fault = {
  name: 'temporal-restart',
  title: 'Temporal server killed and started again',
  disturb: (scene) => restart(scene, scene.world.servers.temporal),
};

export const postgresRestart: Fault = {
  name: 'postgres-restart',
  title: 'PostgreSQL killed (no checkpoint) and started again',
  disturb: (scene) => restart(scene, scene.world.servers.postgres),
};

export const weaviateRestart: Fault = {
  name: 'weaviate-restart',
  title: 'Weaviate killed and started again',
  stores: ['weaviate'],
  disturb: async (scene) => {
    if (scene.world.servers.weaviate !== null) await restart(scene, scene.world.servers.weaviate);
  },
};

async function restart(scene: Scene, server: Restartable): Promise<void> {
  for (const share of scene.shares(2)) {
    if (!(await scene.reached(share))) return;
    await server.kill();
    scene.injected += 1;
    await scene.pause(0, 1500);
    await server.start();
  }
}
