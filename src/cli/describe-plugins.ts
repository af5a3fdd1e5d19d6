import type { PluginJson } from '../operations/setup/plugins.ts';
import { shortDigest } from '../plugins/short-digest.ts';
import { red } from './style.ts';

/** Plugins with name, version, digest and jobs. */
export function describePlugins(plugins: readonly PluginJson[]): string[] {
  return plugins.flatMap(({ name, version, specifier, digest, bundle, problem, jobs }) => [
    `plugin ${name} ${version} (${specifier})`,
    `  code    ${shortDigest(digest)}`,
    `  bundle  ${bundle === null ? red(problem ?? 'none') : shortDigest(bundle)}`,
    `  jobs    ${jobs.join(', ')}`,
  ]);
}
