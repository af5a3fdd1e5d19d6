import { isMigrated } from '../../state/migrate.ts';
import { type Measured, measureState } from '../../state/monitoring/measure.ts';
import { requireWholeView } from '../access/visible.ts';
import type { Context } from '../context.ts';

export type { Measured };

/** Reads the measurements for monitors in a few cheap queries. `null`: there is nothing to measure yet. */
export async function measure(context: Context): Promise<Measured | null> {
  requireWholeView(context.view);
  if (!(await isMigrated(context.parts.db))) return null;
  return measureState(context.parts.db);
}
