import type { Fault } from '../fault.ts';
import { clearSmallDisk, fillSmallDisk, smallDiskImpossible } from '../harness/small-disk.ts';

export const diskFull: Fault = {
  name: 'disk-full',
  title: 'the disk that the tables lie on is full for a while',
  stage: 'small disk',
  impossible: smallDiskImpossible,
  disturb: async (scene) => {
    const { db } = scene.world.installation.parts;
    for (const share of scene.shares(2)) {
      if (!(await scene.reached(share))) return;
      await fillSmallDisk(db);
      scene.injected += 1;
      await scene.pause(200, 2500);
      await clearSmallDisk(db);
    }
  },
};
