import type { Fault } from '../fault.ts';

/** Thawed before it is missed, after a successor took over, or when run and undo have long ended. */
export const freeze: Fault = {
  name: 'freeze',
  title: 'worker frozen (SIGSTOP) and thawed, some after a successor took over or has finished',
  disturb: async (scene) => {
    const { crew } = scene.world;
    for (const share of scene.shares(2)) {
      if (!(await scene.reached(share))) return;
      const victim = await crew.any(scene.random);
      crew.freeze(victim);
      scene.injected += 1;
      const thaws = scene.oneOf(['soon', 'later', 'at the end']);
      if (thaws === 'soon') await scene.pause(50, 900);
      else await crew.ensure();
      if (thaws === 'later') await scene.reached(share + 0.15);
      if (thaws !== 'at the end') crew.thaw(victim);
    }
  },
  settle: async ({ world: { crew }, differences }) => {
    for (const member of crew.frozen) {
      crew.thaw(member);
      // It hands in its leftovers, is told that nobody waits for them, and stops in good order.
      const code = await crew.stop(member);
      if (code !== 0) differences.push(`a thawed worker ended with ${code}`);
    }
  },
};
