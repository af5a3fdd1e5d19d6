import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for what is fetched or built once and shared by every checkout: `COPPICE_CACHE`, else the place that
 * the operating system gives to caches. `tools/node.mjs` repeats this rule, since it has to run where TypeScript
 * cannot; a test holds the two together.
 */
export function cacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (env.COPPICE_CACHE) return env.COPPICE_CACHE;
  const home = env.HOME || homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'coppice');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'coppice');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'coppice');
}
