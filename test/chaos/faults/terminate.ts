import type { Fault } from '../fault.ts';

export const terminate: Fault = {
  name: 'terminate',
  title: 'workflow terminated, a new run finishes the work; their totals are added up',
  disturb: async (scene) => {
    const { client } = scene.world.installation;
    for (const share of scene.shares(2)) {
      if (!(await scene.reached(share))) return;
      await client.workflow.getHandle(scene.run.workflow_id).terminate('chaos');
      scene.injected += 1;
      await scene.startNext();
    }
  },
};
