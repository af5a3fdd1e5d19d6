import type { CollectionStores } from '../activities/collection-stores.ts';
import type { Sweepable } from '../activities/sweep/sweepable.ts';
import type { ConfiguredPlugin } from '../config/config.ts';
import { isPlugin } from './check-plugin.ts';
import type { Plugin, PluginTools } from './plugin.ts';

/** Joins a plugin's job to a collection; `null`: no plugin has a job of that name on rows. */
export function pluginSweepable(
  plugins: readonly ConfiguredPlugin[],
  id: string,
): ((stores: CollectionStores) => Sweepable) | null {
  for (const plugin of plugins) {
    const found = pluginOf(plugin).jobs.find(({ job }) => job.id === id);
    if (found !== undefined) return 'sweepable' in found ? (stores) => found.sweepable(stores) : null;
  }
  return null;
}

/** Activities of the plugin's own. */
export function pluginActivities(
  plugin: ConfiguredPlugin,
  tools: PluginTools,
): ReturnType<NonNullable<Plugin['activities']>> {
  return pluginOf(plugin).activities?.(tools) ?? {};
}

function pluginOf({ specifier, exported }: ConfiguredPlugin): Plugin {
  if (!isPlugin(exported)) throw new Error(`plugin '${specifier}' was not checked`);
  return exported;
}
