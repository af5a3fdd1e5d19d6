import type { Fault } from '../fault.ts';

export const kill: Fault = {
  name: 'kill',
  title: 'worker killed (SIGKILL), a new one started',
  disturb: async (scene) => {
    const { crew } = scene.world;
    for (const share of scene.shares(3)) {
      if (!(await scene.reached(share))) return;
      await crew.kill(await crew.any(scene.random));
      scene.injected += 1;
      await crew.ensure();
    }
  },
};
