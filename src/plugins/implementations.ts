import type { CollectionStores } from '../activities/collection-stores.ts';
import type { Sweepable } from '../activities/sweep/sweepable.ts';
import type { ConfiguredPlugin } from '../config/config.ts';
import { isPlugin } from './check-plugin.ts';
import { messageOf, PluginError } from './errors.ts';
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

/** Activities of the plugin's own, which may not have the names of `taken`. Throws `PluginError`. */
export function pluginActivities(
  plugin: ConfiguredPlugin,
  tools: PluginTools,
  taken: readonly string[],
): ReturnType<NonNullable<Plugin['activities']>> {
  const { specifier } = plugin;
  const activities = made(plugin, tools);
  for (const [name, activity] of Object.entries(activities)) {
    if (typeof activity !== 'function') throw new PluginError(specifier, `its activity '${name}' is no function`);
    if (taken.includes(name)) throw new PluginError(specifier, `its activity '${name}' has the name of a built-in one`);
  }
  return activities;
}

function made(plugin: ConfiguredPlugin, tools: PluginTools): ReturnType<NonNullable<Plugin['activities']>> {
  try {
    return pluginOf(plugin).activities?.(tools) ?? {};
  } catch (error) {
    throw new PluginError(plugin.specifier, `its activities cannot be made: ${messageOf(error)}`);
  }
}

function pluginOf({ specifier, exported }: ConfiguredPlugin): Plugin {
  if (!isPlugin(exported)) throw new Error(`plugin '${specifier}' was not checked`);
  return exported;
}
