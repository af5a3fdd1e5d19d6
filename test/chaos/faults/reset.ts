import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { until } from '../../support/until.ts';
import type { Fault } from '../fault.ts';
import { type Scene, tolerant } from '../harness/scene.ts';

export const activityReset: Fault = {
  name: 'activity-reset',
  title: '`temporal activity reset` of an activity at work',
  disturb: async (scene) => {
    const { client } = scene.world.installation;
    await scene.strike(3, async () => {
      const { raw } = await client.workflow.getHandle(scene.run.workflow_id).describe();
      const { activityId } = scene.oneOf(raw.pendingActivities ?? []) ?? {};
      return typeof activityId === 'string' && command(scene, ['activity', 'reset', '--activity-id', activityId]);
    });
  },
};

export const workflowReset: Fault = {
  name: 'workflow-reset',
  title: '`temporal workflow reset` to the first, the last or some workflow task',
  disturb: async (scene) => {
    await scene.strike(2, async () => {
      const { workflow_id: id } = scene.run;
      const before = await latestRunId(scene, id);
      const points = [['--type', 'FirstWorkflowTask'], ['--type', 'LastWorkflowTask'], await someTask(scene, id)];
      const done = await command(scene, ['workflow', 'reset', '--reason', 'chaos', ...(scene.oneOf(points) ?? [])]);
      if (done)
        await until('the reset has begun a new execution', async () => (await latestRunId(scene, id)) !== before);
      return done;
    });
  },
};

async function latestRunId({ world: { installation } }: Scene, workflowId: string): Promise<string> {
  return (await installation.client.workflow.getHandle(workflowId).describe()).runId;
}

async function someTask(scene: Scene, workflowId: string): Promise<string[]> {
  const { events } = await scene.world.installation.client.workflow.getHandle(workflowId).fetchHistory();
  const completed = (events ?? []).filter((one) => one.workflowTaskCompletedEventAttributes);
  return ['--event-id', String(scene.oneOf(completed)?.eventId ?? 4)];
}

/** The command as a person gives it. A run that has just ended cannot be reset, which does not count as a strike. */
async function command(scene: Scene, args: readonly string[]): Promise<boolean> {
  const { address, cliPath } = scene.world.servers.temporal;
  const done = await tolerant(() =>
    promisify(execFile)(cliPath, [...args, '--address', address, '--workflow-id', scene.run.workflow_id]),
  );
  return done !== null;
}
