import type { Config } from '../../config/config.ts';
import { requireBundle } from '../../plugins/bundle-files.ts';

export interface PluginJson {
  readonly name: string;
  readonly version: string;
  /** As `coppice.yaml` names it. */
  readonly specifier: string;
  /** Of its code. */
  readonly digest: string;
  /** Of the bundle of its workflows; `null` where a worker could not use it. */
  readonly bundle: string | null;
  /** Why a worker could not use it. */
  readonly problem: string | null;
  readonly jobs: readonly string[];
}

/** The plugins that are loaded. Reads files only. */
export function listPlugins({ plugins, file, dataDir }: Config): PluginJson[] {
  return plugins.map((plugin) => {
    const { name, version, specifier, digest, jobs } = plugin;
    const known = { name, version, specifier, digest, jobs: jobs.map(({ id }) => id) };
    try {
      return { ...known, bundle: requireBundle(file ?? '', plugin, dataDir).digest, problem: null };
    } catch (error) {
      return { ...known, bundle: null, problem: error instanceof Error ? error.message : String(error) };
    }
  });
}
