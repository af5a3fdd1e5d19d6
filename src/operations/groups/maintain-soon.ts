import { WorkflowIdReusePolicy } from '@temporalio/client';
import { resolveParameters } from '../../activities/sweep/parameters.ts';
import type { GraphGroup } from '../../state/graphs/graph-groups.ts';
import { fairnessKey } from '../../state/locks/key.ts';
import { priorityKeys, taskQueueOf, workflowIdPrefix } from '../../temporal/names.ts';
import type { MaintainSoonInput } from '../../workflows/input.ts';
import { type Context, installationOf, jobOf } from '../context.ts';

/** A run of `group-maintenance` for one group, once nothing more has been said of it for a while. */
export async function maintainSoon(context: Context, { key, group_id: group }: GraphGroup): Promise<void> {
  const installation = await installationOf(context);
  const client = await context.client();
  const settings = jobOf(context, 'group-maintenance');
  const { debounce_seconds, longest_wait_seconds } = resolveParameters(settings, {});
  const input: MaintainSoonInput = {
    group: key,
    installation,
    debounce_seconds: Number(debounce_seconds),
    longest_wait_seconds: Number(longest_wait_seconds),
    requested_by: context.requestedBy,
  };
  await client.workflow.signalWithStart('groupMaintenanceSoon', {
    taskQueue: taskQueueOf(installation),
    workflowId: `${workflowIdPrefix(installation, 'group-maintenance-soon')}-${key.slice(0, 32)}`,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    args: [input],
    signal: 'touched',
    signalArgs: [],
    memo: { coppice_installation: installation, coppice_job: 'group-maintenance' },
    priority: { priorityKey: priorityKeys[settings.priority], fairnessKey: fairnessKey(installation, group) },
    staticSummary: 'Maintenance of one group, once it is quiet',
  });
}
