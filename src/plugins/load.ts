import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Config, ConfiguredPlugin } from '../config/config.ts';
import { dataDirOf, type Flags, pluginsOfFile } from '../config/config-file.ts';
import { loadConfig } from '../config/load.ts';
import type { Environment } from '../config/set.ts';
import { addPluginJobs } from '../jobs/index.ts';
import { checkPlugin } from './check-plugin.ts';
import { PluginError } from './errors.ts';
import { digestOf, findPlugin, requireSafe } from './plugin-files.ts';

/** The configuration in force, with the plugins that its file names. Throws `ConfigError`, `PluginError`. */
export async function loadConfigWithPlugins(env: Environment, flags: Flags = {}): Promise<Config> {
  const named = pluginsOfFile(env, flags);
  if (named === null || named.specifiers.length === 0) return loadConfig(env, flags);
  const folder = dirname(realpathSync(named.file));
  const plugins: ConfiguredPlugin[] = [];
  for (const specifier of named.specifiers) plugins.push(await loadPlugin(specifier, folder, dataDirOf(env, flags)));
  requireDistinct(plugins);
  const config = loadConfig(env, flags, plugins);
  addPluginJobs(plugins.flatMap(({ jobs }) => jobs));
  return config;
}

async function loadPlugin(specifier: string, folder: string, dataDir: string): Promise<ConfiguredPlugin> {
  const { entry, home } = findPlugin(specifier, folder);
  requireSafe(specifier, entry, dataDir);
  const exported = checkPlugin(specifier, await importDefault(specifier, entry));
  const { name, version, workflows, jobs } = exported;
  if (workflows.protocol !== 'file:' || !existsSync(workflows))
    throw new PluginError(specifier, `workflows: ${workflows.href} does not exist`);
  const module = fileURLToPath(workflows);
  requireSafe(specifier, module, dataDir);
  return {
    name,
    version,
    specifier,
    digest: digestOf(specifier, home, [module]),
    workflows: module,
    jobs: jobs.map(({ job }) => ({ ...job, plugin: name })),
    exported,
  };
}

async function importDefault(specifier: string, entry: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(entry).href);
    return module.default;
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new PluginError(specifier, `its module cannot be imported: ${reason}`);
  }
}

function requireDistinct(plugins: readonly ConfiguredPlugin[]): void {
  const seen = new Map<string, string>();
  for (const { specifier, name, jobs } of plugins) {
    const owned = [`name '${name}'`, ...jobs.flatMap(({ id, workflow }) => [`job '${id}'`, `workflow '${workflow}'`])];
    for (const one of owned) {
      const other = seen.get(one);
      if (other !== undefined) throw new PluginError(specifier, `its ${one} is also that of plugin '${other}'`);
      seen.set(one, specifier);
    }
  }
}
