import type { HealthJson } from '../operations/monitoring/health.ts';
import { printable, table } from './output.ts';
import { dim, yellow } from './style.ts';

/** Open runs whose version no worker has, with the command that moves each. */
export function describeStranded({ stranded_runs: stranded }: HealthJson): string[] {
  if (stranded.length === 0) return [];
  return [
    '',
    ...stranded.flatMap(({ workflow_id: id, build_id: buildId, command }) => [
      yellow(`${printable(id)} waits for a worker of version ${printable(buildId)}, and none polls`),
      dim(`    ${command}`),
    ]),
  ];
}

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
