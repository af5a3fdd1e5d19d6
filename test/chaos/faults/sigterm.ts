import type { Fault } from '../fault.ts';

export const sigterm: Fault = {
  name: 'sigterm',
  title: 'worker told to stop (SIGTERM), a new one started',
  disturb: async (scene) => {
    const { crew } = scene.world;
    for (const share of scene.shares(3)) {
      if (!(await scene.reached(share))) return;
      const leaving = crew.stop(await crew.any(scene.random));
      scene.injected += 1;
      await crew.ensure();
      const code = await leaving;
      if (code !== 0) scene.differences.push(`the worker that was told to stop ended with ${code}`);
    }
  },
};
