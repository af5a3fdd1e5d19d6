import type { SweepDeps } from './deps.ts';
import { OtherConfigurationError } from './errors.ts';
import type { RunContext } from './types.ts';

/** A run is one worker's configuration from beginning to end: another one declines its work before it touches anything. */
export function checkConfiguration(deps: Pick<SweepDeps, 'configuration'>, run: RunContext): void {
  const own = deps.configuration(run.job);
  for (const [name, digest] of Object.entries(run.configuration ?? {})) {
    if (own[name] !== digest) throw new OtherConfigurationError(name);
  }
}
