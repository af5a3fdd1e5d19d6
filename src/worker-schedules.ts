import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from './config/config.ts';
import type { Db } from './database/schema.ts';
import { type ApplyMode, applySchedules } from './schedules.ts';
import { wasAdopted } from './state/installation/installation.ts';
import { claimInstallation, recordPrefix } from './state/installation/installation-claim.ts';

export interface WorkerSchedules {
  readonly db: Db;
  readonly client: Client;
  readonly installation: string;
  readonly config: Config;
  readonly log: Logger;
}

/**
 * Claims the database for the configuration of this worker and brings the schedules in line with it. A changed prefix
 * replaces the schedules, because nobody would look for those of the former prefix any more.
 */
export async function applyWorkerSchedules(worker: WorkerSchedules, mode: ApplyMode | 'leave'): Promise<void> {
  const { db, client, installation, config, log } = worker;
  const { jobs, collections, graphs, schedulesEnabled } = config;
  const prefix = config.temporal.schedulePrefix;
  const moved = await claimInstallation(db, { name: config.installation, schedulePrefix: prefix });
  // They start runs of another version, which may not know the workflows of this one.
  if (mode === 'leave' && !moved) return;
  const adopted = await wasAdopted(db);
  const swept = [...collections, ...graphs];
  const plugins = config.plugins.map(({ name }) => name);
  const catalogue = { installation, jobs, plugins, collections: swept, prefix, adopted, enabled: schedulesEnabled };
  const changes = await applySchedules(client, catalogue, moved || mode === 'leave' ? 'apply' : mode);
  await recordPrefix(db, prefix);
  for (const change of changes) {
    if (change.change !== 'left_to_newer') log.info(change, 'schedule');
    else log.warn(change, 'this schedule differs from the configuration; `coppice schedules apply` changes it');
  }
  const created = changes.filter((one) => one.change === 'created');
  if (!moved && created.length > 0 && created.length < changes.length) {
    log.warn(
      { schedules: created.map(({ schedule_id, paused }) => ({ schedule_id, paused })) },
      'this installation has schedules that it did not have before; see coppice schedules list',
    );
  }
  const running = changes.filter((one) => !one.paused && one.change !== 'deleted').map((one) => one.schedule_id);
  if (!schedulesEnabled && running.length > 0) {
    log.warn(
      { schedules: running },
      'schedules are not enabled, and these run: a person or an earlier start set them so',
    );
  }
}
