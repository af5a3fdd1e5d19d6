import { createHash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../config/package-version.ts';
import { baseBundlePath } from '../temporal/workflow-bundle.ts';
import { buildIdOf, bundlesOf, digestOfFile } from './bundle-files.ts';
import { shortDigest } from './short-digest.ts';

/**
 * The build id of workers of this release with these plugins: other workflows have another one, so that no run is
 * continued by code that did not begin it. Throws `PluginError` where the bundle of a plugin cannot be used.
 */
export function workerBuildId(config: Config): string {
  const configured = config.temporal.deployment?.buildId ?? null;
  if (configured !== null) return configured;
  const plugins = bundlesOf(config).map(({ plugin, bundle }) => buildIdOf(plugin, bundle));
  const own = digestOfFile(baseBundlePath());
  const all =
    plugins.length === 0
      ? own
      : createHash('sha256')
          .update([own, ...plugins.sort()].join('\n'))
          .digest('hex');
  return `${packageVersion()}-${shortDigest(all)}`;
}
