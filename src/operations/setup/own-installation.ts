import { requireName, requirePrefix } from '../../state/installation/installation-claim.ts';
import { isMigrated } from '../../state/migrate.ts';
import type { Context } from '../context.ts';

/**
 * Throws `InstallationNameError` or `SchedulePrefixError` where the database belongs to an installation of another name,
 * or workers of a configuration with another `schedule_prefix` run on it.
 */
export async function requireOwnInstallation({ parts: { db, config } }: Context): Promise<void> {
  if (!(await isMigrated(db))) return;
  await requireName(db, config.installation);
  await requirePrefix(db, config.temporal.schedulePrefix);
}
