import type { HealthJson } from '../operations/monitoring/health.ts';
import { printable, table } from './output.ts';
import { yellow } from './style.ts';

/** Workers with their release and configuration, and a line where one runs another configuration than this command. */
export function describeWorkers({ workers, configuration }: HealthJson): string[] {
  if (workers.length === 0) return [];
  const others = workers.filter(({ same_configuration: same }) => same === false).length;
  return [
    '',
    ...table([
      ['worker', 'release', 'configuration', 'since'],
      ...workers.map(({ identity, release, configuration: own, started_at: since }) => [
        printable(identity),
        release ?? '-',
        own ?? '-',
        since === null ? '-' : `${since.slice(0, 16).replace('T', ' ')} UTC`,
      ]),
    ]),
    ...(others === 0
      ? []
      : [
          yellow(
            `${others} of ${workers.length} run another configuration than this command (${configuration}): restart them if coppice.yaml was changed`,
          ),
        ]),
  ];
}
