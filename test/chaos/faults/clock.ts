import type { Fault } from '../fault.ts';

const dayMs = 86_400_000;

/** The database's clock is the one that counts, so nothing may come of it. */
export const clock: Fault = {
  name: 'clock',
  title: "the worker's clock is a day off, and jumps by days while it works",
  prepare: async (scene) => {
    await scene.world.crew.dismiss('all');
    const preload = new URL('./clock-preload.ts', import.meta.url).href;
    await scene.world.crew.start({
      env: {
        NODE_OPTIONS: `--import ${preload}`,
        CHAOS_CLOCK_OFFSETS_MS: JSON.stringify(
          Array.from({ length: 8 }, () => Math.round((scene.random() * 4 - 2) * dayMs)),
        ),
      },
    });
  },
  disturb: async (scene) => {
    for (const share of scene.shares(4)) {
      if (!(await scene.reached(share))) return;
      for (const member of scene.world.crew.members) member.signal('SIGUSR2');
      scene.injected += 1;
    }
  },
};
