import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Config, ConfiguredPlugin } from '../config/config.ts';
import { baseBundlePath } from '../temporal/workflow-bundle.ts';
import { PluginError } from './errors.ts';
import { requireSafe } from './plugin-files.ts';
import { shortDigest } from './short-digest.ts';

/** Next to `coppice.yaml`. */
const bundlesFolderName = '.coppice-plugins';

/** Describes a bundle. */
export const manifestShape = z.object({
  plugin: z.string(),
  version: z.string(),
  /** Digest of the plugin's code at the time. */
  code: z.string(),
  /** Digest of Coppice's own workflows at the time. */
  coppice: z.string(),
  /** Digest of the bundle. */
  bundle: z.string(),
});
export type Manifest = z.infer<typeof manifestShape>;

export interface PluginBundle {
  readonly file: string;
  readonly digest: string;
}

export function bundleFilesOf(configFile: string, name: string): { bundle: string; manifest: string } {
  const file = name.replaceAll('/', '__');
  const folder = join(dirname(configFile), bundlesFolderName);
  return { bundle: join(folder, `${file}.js`), manifest: join(folder, `${file}.json`) };
}

/** The bundle of a plugin's workflows. Throws `PluginError` where it is missing or not of the code that is loaded. */
export function requireBundle(configFile: string, plugin: ConfiguredPlugin, dataDir: string): PluginBundle {
  const { specifier, name } = plugin;
  const hint = 'Run `coppice plugins build`, then start the worker.';
  const files = bundleFilesOf(configFile, name);
  const manifest = readManifest(files.manifest);
  if (manifest === null || !existsSync(files.bundle))
    throw new PluginError(specifier, 'its workflows are not bundled yet', hint);
  requireSafe(specifier, files.bundle, dataDir);
  if (manifest.code !== plugin.digest)
    throw new PluginError(specifier, 'it has changed since its workflows were bundled', hint);
  if (manifest.coppice !== digestOfFile(baseBundlePath()))
    throw new PluginError(specifier, 'its workflows were bundled with another version of Coppice', hint);
  if (manifest.bundle !== digestOfFile(files.bundle))
    throw new PluginError(specifier, `${files.bundle} is not the file that was built`, hint);
  return { file: files.bundle, digest: manifest.bundle };
}

function readManifest(file: string): Manifest | null {
  if (!existsSync(file) || !statSync(file).isFile()) return null;
  try {
    const result = manifestShape.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    return result.success ? result.data : null;
  } catch {
    return null;
  }
}

export function digestOfFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The bundles of all configured plugins. Throws `PluginError` for the first that cannot be used. */
export function bundlesOf({
  file,
  plugins,
  dataDir,
}: Config): { readonly plugin: ConfiguredPlugin; readonly bundle: PluginBundle }[] {
  if (file === null) return [];
  return plugins.map((plugin) => ({ plugin, bundle: requireBundle(file, plugin, dataDir) }));
}

/** Names the code of a plugin's worker in Temporal: another bundle has another build id. */
export function buildIdOf({ name, version }: ConfiguredPlugin, { digest }: PluginBundle): string {
  return `${name}@${version}+${shortDigest(digest)}`;
}
