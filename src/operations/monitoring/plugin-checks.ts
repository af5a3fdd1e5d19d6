import { type Check, check, pollers } from '../../activities/health-check/checks.ts';
import { taskQueueOf } from '../../temporal/names.ts';
import { pluginsWithSchedules } from '../../temporal/own-schedules.ts';
import { type Context, installationOf } from '../context.ts';
import { pollerDeps } from './pollers.ts';

/** For each plugin that has schedules, or that is configured here: whether a worker polls its queue. */
export async function pluginChecks(context: Context): Promise<Check[]> {
  const configured = context.parts.config.plugins.map(({ name }) => name);
  const scheduled = await scheduledPlugins(context);
  const names = [...new Set([...configured, ...scheduled])].sort();
  return Promise.all(
    names.map((name) =>
      check(`plugin ${name}`, async () => {
        const taskQueue = async () => taskQueueOf(await installationOf(context), name);
        const count = await pollers({ ...pollerDeps(context), taskQueue });
        const here = configured.includes(name)
          ? ''
          : '; this configuration does not name it, and leaves its schedules alone';
        if (count === 0) throw new Error(`no worker with this plugin polls its task queue${here}`);
        return `${count} polling${here}`;
      }),
    ),
  );
}

/** Where Temporal does not answer, another check reports it. */
async function scheduledPlugins(context: Context): Promise<readonly string[]> {
  try {
    return await pluginsWithSchedules(await context.client(), await installationOf(context));
  } catch {
    return [];
  }
}
